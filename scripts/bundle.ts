/**
 * `npm run bundle`: bundles the GitHub actions, and the command line that `setup` installs, into
 * `actions/dist/`, which is committed: GitHub runs it as it is.
 */
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Plugin } from "esbuild";
import { renderLicenses } from "./bundle/licenses.ts";
import {
  bundleDirThread,
  bundleOptions,
  bundlePasswordWorker,
  bundlePrograms,
} from "./bundle/programs.ts";

const entries = "src/action/entries";

/** The toolkit brings an HTTP client for tokens that no action of ours asks for. */
const withoutUnusedToolkit: Plugin = {
  name: "without-unused-toolkit",
  setup(build) {
    build.onResolve({ filter: /^@actions\// }, async ({ path, pluginData, ...options }) => {
      if (pluginData === "resolved") return undefined;
      const found = await build.resolve(path, { ...options, pluginData: "resolved" });
      return { ...found, sideEffects: false };
    });
  },
};

/** Bundles the actions into a folder, which is replaced. The same sources give the same bytes. */
export async function bundleActions(outdir: string): Promise<void> {
  rmSync(outdir, { recursive: true, force: true });
  const names = readdirSync(entries).map((file) => file.replace(/\.ts$/, ""));
  const shared = { ...bundleOptions(), outdir, legalComments: "inline" } as const;
  const { outputs } = await bundlePrograms(
    {
      ...shared,
      entryPoints: {
        cli: "src/cli/main.ts",
        ...Object.fromEntries(names.map((name) => [name, `${entries}/${name}.ts`])),
      },
      plugins: [withoutUnusedToolkit],
    },
    "chunks",
  );
  await bundlePasswordWorker(shared, ["chunks/bcrypt-worker"]);
  await bundleDirThread(shared, join(outdir, "chunks"));
  const used = Object.values(outputs).flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([file, { bytesInOutput }]) =>
      bytesInOutput > 0 ? [file] : [],
    ),
  );
  // The package of the threads' zstd has no license file.
  const zstd = readFileSync("scripts/bundle/zstd-license.txt", "utf8");
  writeFileSync(join(outdir, "LICENSES.txt"), `${renderLicenses(used)}\n${zstd}`);
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  await bundleActions("actions/dist");
}
