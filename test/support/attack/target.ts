import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { hashSync } from "bcryptjs";
import { build } from "esbuild";
import { at } from "../json.ts";

/** The built command line, serving a registry with a heap of 512 MB, to be attacked. */
export interface Target extends AsyncDisposable {
  /** `http://127.0.0.1:PORT`. */
  readonly url: URL;
  /** Bytes of memory that it had at most since it started. */
  peakMemory(): number;
  readonly isRunning: () => boolean;
}

/** Who can log in where the target asks for passwords. */
export const users = { ada: "right for ada", eve: "right for eve" } as const;

export interface TargetOptions {
  /** Asks for passwords, whose hashes have this cost. */
  readonly cost?: number;
}

/** Builds the command line into a folder of its own and starts it there. */
export async function startTarget({ cost }: TargetOptions = {}): Promise<Target> {
  const folder = await mkdtemp(join(tmpdir(), "layerkeep-attack-"));
  await build({
    entryPoints: {
      cli: "src/cli/main.ts",
      "bcrypt-worker": "src/server/access/passwords/bcrypt-worker.js",
    },
    bundle: true,
    splitting: true,
    platform: "node",
    target: "node20.19",
    format: "esm",
    outdir: folder,
    define: { LAYERKEEP_VERSION: '"0.0.0"' },
    banner: {
      js: 'import { createRequire as attackCreateRequire } from "node:module";\nconst require = attackCreateRequire(import.meta.url);',
    },
    logLevel: "error",
  });
  await writeFile(join(folder, "package.json"), '{"type":"module"}');
  const args = ["registry", "serve", "--json", "--listen", "127.0.0.1:0"];
  args.push("--root", join(folder, "root"));
  if (cost !== undefined) {
    const lines = Object.entries(users).map(
      ([name, secret]) => `${name}:${hashSync(secret, cost)}`,
    );
    await writeFile(join(folder, "users"), `${lines.join("\n")}\n`);
    args.push("--htpasswd", join(folder, "users"));
  }
  const child = spawn(
    process.execPath,
    ["--max-old-space-size=512", join(folder, "cli.js"), ...args],
    { stdio: ["ignore", "pipe", "pipe"], env: { PATH: process.env["PATH"], HOME: folder } },
  );
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
  const ended = once(child, "exit");
  const first = await Promise.race([
    once(createInterface(child.stdout), "line").then(([line]) => String(line)),
    ended.then(() => Promise.reject(new Error(`the registry did not start: ${said}`))),
  ]);
  return {
    url: new URL(String(at(first, "url"))),
    peakMemory: () => peakOf(child.pid),
    isRunning: () => child.exitCode === null && child.signalCode === null,
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGKILL");
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function peakOf(pid: number | undefined): number {
  const status = readFileSync(`/proc/${pid ?? 0}/status`, "utf8");
  return Number(/VmHWM:\s*(\d+) kB/.exec(status)?.[1]) * 1024;
}
