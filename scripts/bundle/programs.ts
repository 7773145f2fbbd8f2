import { copyFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { build, type BuildOptions, type Metafile } from "esbuild";

/** What all our bundles have in common. */
export function bundleOptions() {
  const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };
  return {
    bundle: true,
    platform: "node",
    target: "node20.19",
    format: "esm",
    define: { LAYERKEEP_VERSION: JSON.stringify(version) },
  } as const satisfies BuildOptions;
}

/**
 * Bundles programs: one small file each at start; what a command needs is a chunk in the folder
 * `chunks` that it loads itself. Returns what they are made of.
 */
export async function bundlePrograms(options: BuildOptions, chunks: string): Promise<Metafile> {
  const { metafile } = await build({
    ...options,
    metafile: true,
    splitting: true,
    minifySyntax: true,
    // Less to read at each start; names stay, so that a stack can be read.
    minifyWhitespace: true,
    chunkNames: `${chunks}/[name]-[hash]`,
    banner: {
      js: '#!/usr/bin/env node\nimport { createRequire as layerkeepCreateRequire } from "node:module";\nconst require = layerkeepCreateRequire(import.meta.url);',
    },
  });
  return metafile;
}

/** The thread that checks passwords is started by a file beside what starts it. */
export async function bundlePasswordWorker(
  options: BuildOptions,
  names: readonly string[],
): Promise<void> {
  const worker = "src/server/access/passwords/bcrypt-worker.js";
  await build({
    ...options,
    entryPoints: Object.fromEntries(names.map((name) => [name, worker])),
  });
}

/**
 * The threads of directory caches are started by a file beside what starts them. It is CommonJS, so
 * that zstd finds its WebAssembly beside it.
 */
export async function bundleDirThread(options: BuildOptions, folder: string): Promise<void> {
  await build({
    ...options,
    format: "cjs",
    entryPoints: { "dir-thread": "src/dir/threads/thread.ts" },
    outExtension: { ".js": ".cjs" },
    outdir: folder,
  });
  copyFileSync("node_modules/@bokuweb/zstd-wasm/dist/common/zstd.wasm", join(folder, "zstd.wasm"));
}
