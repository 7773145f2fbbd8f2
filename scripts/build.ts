/** Bundles the command line and the library into `dist/`, and writes the library's types. */
import { execFileSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { build } from "esbuild";

const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };

rmSync("dist", { recursive: true, force: true });

const shared = {
  bundle: true,
  platform: "node",
  target: "node20.19",
  format: "esm",
  outdir: "dist",
  legalComments: "none",
  sourcemap: true,
  define: { LAYERKEEP_VERSION: JSON.stringify(version) },
} as const;

await Promise.all([
  // One small file at start; what a command needs is a chunk that it loads itself.
  build({
    ...shared,
    entryPoints: { cli: "src/cli/main.ts" },
    splitting: true,
    minifySyntax: true,
    // Less to read at each start; names stay, so that a stack can be read.
    minifyWhitespace: true,
    chunkNames: "cli/[name]-[hash]",
    banner: {
      js: '#!/usr/bin/env node\nimport { createRequire as layerkeepCreateRequire } from "node:module";\nconst require = layerkeepCreateRequire(import.meta.url);',
    },
  }),
  // The thread that checks passwords is started by a file beside it: of the command or the library.
  build({
    ...shared,
    entryPoints: {
      "bcrypt-worker": "src/server/access/passwords/bcrypt-worker.js",
      "cli/bcrypt-worker": "src/server/access/passwords/bcrypt-worker.js",
    },
  }),
  build({ ...shared, entryPoints: { index: "src/index.ts" }, packages: "external" }),
]);

execFileSync(process.execPath, ["node_modules/typescript/bin/tsc", "-p", "tsconfig.build.json"], {
  stdio: "inherit",
});
