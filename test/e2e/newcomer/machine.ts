import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import { testEngine } from "../../support/engine.ts";
import { makeScratchFolder } from "../../support/scratch-repository.ts";
import { engineEnv } from "../../support/small-build.ts";
import { addColleague, type Colleague } from "./colleague.ts";

/** The newcomer's machine: one folder with everything in it, and the shared engine. */
export interface Machine extends AsyncDisposable {
  readonly root: string;
  readonly env: Record<string, string>;
  readonly colleague: Colleague;
}

/** A machine with a clone of the monorepo in `shop`, and a tarball of Layerkeep in it. */
export async function createMachine(): Promise<Machine> {
  const scratch = makeScratchFolder();
  const root = scratch.path;
  for (const folder of ["home", "cache", "tmp"]) mkdirSync(join(root, folder));
  copyShop(root);
  scratch.git("shop", "init", "-q", "-b", "main");
  scratch.git("shop", "add", "--all");
  scratch.git("shop", "commit", "-q", "-m", "first");
  pack(join(root, "shop"));
  const env = {
    ...gitEnv(scratch.env),
    ...npmEnv(),
    ...engineEnv(),
    PATH: [join(root, "shop", "node_modules", ".bin"), ...outerPath()].join(delimiter),
    LC_ALL: "C.UTF-8",
    HOME: join(root, "home"),
    XDG_CACHE_HOME: join(root, "cache"),
    TMPDIR: join(root, "tmp"),
    ROOT: root,
    REGISTRY: `${testEngine().registries[1]}/${nameOf(root)}`,
  };
  const colleague = await addColleague(root, env);
  return {
    root,
    env,
    colleague,
    async [Symbol.asyncDispose]() {
      await colleague[Symbol.asyncDispose]();
      scratch[Symbol.dispose]();
    },
  };
}

/** The monorepo, on a base image that the engine can pull, and with a file that no earlier run had. */
function copyShop(root: string): void {
  const shop = join(root, "shop");
  cpSync(resolve("test/fixtures/newcomer/shop"), shop, { recursive: true });
  for (const path of readdirSync(shop, { recursive: true, encoding: "utf8" })) {
    if (!path.endsWith("Dockerfile")) continue;
    const file = join(shop, path);
    const text = readFileSync(file, "utf8");
    writeFileSync(
      file,
      text.replaceAll("docker.io/library/busybox:1", testEngine().baseImage.reference),
    );
  }
  for (const path of [
    "lib/greeting.txt",
    "services/web/site/index.html",
    "services/worker/run.sh",
  ]) {
    writeFileSync(join(shop, path), `# ${nameOf(root)}\n`, { flag: "a" });
  }
}

/** As `docs/install.md` says. */
function pack(folder: string): void {
  const args = ["pack", "--ignore-scripts", "--silent", "--pack-destination", folder];
  execFileSync("npm", args, { stdio: ["ignore", "ignore", "inherit"] });
}

/** In no other run. */
function nameOf(root: string): string {
  return root.slice(root.lastIndexOf("-") + 1).toLowerCase();
}

function gitEnv(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) =>
      name.startsWith("GIT_") && value !== undefined ? [[name, value]] : [],
    ),
  );
}

/** npm's cache and settings are those of who runs the tests. */
function npmEnv(): Record<string, string> {
  const setting = (name: string): string =>
    execFileSync("npm", ["config", "get", name], { encoding: "utf8" }).trim();
  return {
    npm_config_cache: setting("cache"),
    npm_config_userconfig: setting("userconfig"),
    npm_config_prefer_offline: "true",
    npm_config_update_notifier: "false",
  };
}

/** Without this repository's own programs. */
function outerPath(): readonly string[] {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  return folders.filter((folder) => !folder.includes("node_modules"));
}
