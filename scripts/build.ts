/** Bundles the command line and the library into `dist/`, and writes the library's types. */
import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import { build } from "esbuild";
import {
  bundleDirThread,
  bundleOptions,
  bundlePasswordWorker,
  bundlePrograms,
} from "./bundle/programs.ts";

rmSync("dist", { recursive: true, force: true });

const shared = {
  ...bundleOptions(),
  outdir: "dist",
  legalComments: "none",
  sourcemap: true,
} as const;

const commit = checkedOutCommit();
const define = {
  ...shared.define,
  ...(commit === undefined ? {} : { LAYERKEEP_COMMIT: JSON.stringify(commit) }),
};

await Promise.all([
  bundlePrograms({ ...shared, define, entryPoints: { cli: "src/cli/main.ts" } }, "cli"),
  bundlePasswordWorker(shared, ["bcrypt-worker", "cli/bcrypt-worker"]),
  bundleDirThread(shared, "dist"),
  bundleDirThread(shared, "dist/cli"),
  build({ ...shared, entryPoints: { index: "src/index.ts" }, packages: "external" }),
]);

execFileSync(process.execPath, ["node_modules/typescript/bin/tsc", "-p", "tsconfig.build.json"], {
  stdio: "inherit",
});

/** `LAYERKEEP_COMMIT`, for builds without `.git`; else what git says. */
function checkedOutCommit(): string | undefined {
  const given = process.env["LAYERKEEP_COMMIT"] ?? "";
  if (given !== "") return given;
  try {
    const answer = execFileSync("git", ["rev-parse", "HEAD"], { encoding: "utf8", stdio: "pipe" });
    return answer.trim();
  } catch {
    return undefined;
  }
}
