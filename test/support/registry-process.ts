import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { build } from "esbuild";

/** Our registry in a process of its own, to be killed or measured. */
export interface RegistryProcess {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string;
  readonly pid: number;
  /** Sends a line to its stdin, and gives the next line that it prints. Rejects if it ends. */
  ask(line: string): Promise<string>;
  /** What it wrote to stderr so far. */
  said(): string;
  /** SIGKILL; done once the process is gone. */
  kill(): Promise<void>;
}

/** The registry as one file that node runs. Bundled once, since a start should take no time. */
export interface RegistryBundle extends AsyncDisposable {
  /** The file; it takes the root, and prints its url once it serves. */
  readonly script: string;
  /**
   * Starts it on a root and a free port, with these options of node. Throws with what it said if
   * it does not start.
   */
  start(root: string, nodeOptions?: readonly string[]): Promise<RegistryProcess>;
}

const plain = `
import { startRegistry } from "./src/server/start.ts";
const onWarning = (message) => process.stderr.write(message + "\\n");
const registry = await startRegistry({ root: process.argv[2], onWarning });
process.stdout.write(registry.url + "\\n");
`;

/**
 * Bundles the registry into a temporary folder, which is deleted when the bundle is disposed of.
 * `entry` is the program: it takes the root, and prints the url first.
 */
export async function bundleRegistry(entry = plain): Promise<RegistryBundle> {
  const folder = await mkdtemp(join(tmpdir(), "layerkeep-registry-"));
  const outfile = join(folder, "registry.mjs");
  await build({
    stdin: { contents: entry, resolveDir: process.cwd(), loader: "ts" },
    bundle: true,
    platform: "node",
    target: "node20.19",
    format: "esm",
    outfile,
    logLevel: "error",
  });
  return {
    script: outfile,
    start: (root, nodeOptions = []) => start([...nodeOptions, outfile, root]),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

async function start(args: readonly string[]): Promise<RegistryProcess> {
  const child = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "pipe"] });
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
  // Whoever asks one that is gone is told by its end.
  child.stdin.on("error", () => undefined);
  const exited = once(child, "exit");
  const lines = createInterface(child.stdout);
  const next = (otherwise: string): Promise<string> =>
    Promise.race([
      once(lines, "line").then(([line]) => String(line)),
      exited.then(() => {
        throw new Error(`${otherwise}: ${said}`);
      }),
    ]);
  const url = await next("the registry did not start");
  return {
    url,
    pid: pidOf(child),
    ask: (line) => {
      const answer = next("the registry ended");
      child.stdin.write(`${line}\n`);
      return answer;
    },
    said: () => said,
    kill: () => kill(child, exited),
  };
}

async function kill(child: ChildProcess, exited: Promise<unknown>): Promise<void> {
  child.kill("SIGKILL");
  await exited;
}

function pidOf(child: ChildProcess): number {
  if (child.pid === undefined) throw new Error("the registry has no process id");
  return child.pid;
}
