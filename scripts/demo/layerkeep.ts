import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import * as v from "valibot";
import { CommandError, EngineError } from "../../src/errors.ts";
import { type Daemon, startDaemon } from "../engine/daemon.ts";
import { run } from "../engine/run.ts";

const cli = resolve("dist/cli.js");

const legSchema = v.object({
  leg: v.string(),
  outcome: v.picklist(["built", "reused", "checked", "failed"]),
  seconds: v.number(),
  digest: v.optional(v.nullable(v.string())),
  bytes: v.optional(v.number(), 0),
  steps: v.optional(v.object({ cached: v.number(), all: v.number() }), { cached: 0, all: 0 }),
  cache: v.optional(v.nullable(v.string())),
  warnings: v.array(v.string()),
});

const upSchema = v.object({
  legs: v.array(legSchema),
  published: v.array(
    v.object({
      variant: v.string(),
      targets: v.array(
        v.object({
          repository: v.string(),
          digest: v.string(),
          tags: v.array(v.object({ tag: v.string(), moved: v.boolean() })),
        }),
      ),
    }),
  ),
});

/** What `layerkeep up --json` prints, as far as the demo looks at it. */
export type UpResult = v.InferOutput<typeof upSchema>;
export type LegRun = v.InferOutput<typeof legSchema>;

interface UpOptions {
  /** The project's folder. */
  readonly cwd: string;
  /** All of its environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly vars: Readonly<Record<string, string>>;
  /** Flags besides `--json`. */
  readonly flags: readonly string[];
  /** An abort ends it with SIGTERM, as Ctrl-C does, and waits for it. */
  readonly signal: AbortSignal;
}

/** Throws an engine error where the command line has not been built. */
export function needBuiltCli(): void {
  if (existsSync(cli)) return;
  throw new EngineError(`${cli} not found`, {
    hint: "build it with `npm ci` or `npm run build`",
  });
}

/**
 * Runs `layerkeep up` of the built command line in an environment that has nothing but `env`.
 * Its progress goes to our stderr. Throws a command error where it prints no result.
 */
export async function runUp({ cwd, env, vars, flags, signal }: UpOptions): Promise<UpResult> {
  const argv = [process.execPath, cli, "up", ...flags, "--json", ...varFlags(vars)];
  const [file = "", ...args] = argv;
  // A process group of its own: Ctrl-C in the terminal reaches us, and we hand it on, once.
  const child = spawn(file, args, {
    cwd,
    env,
    detached: true,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const stop = () => child.kill("SIGTERM");
  signal.addEventListener("abort", stop, { once: true });
  let stdout = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  const exitCode = await new Promise<number | null>((done, fail) => {
    child.once("error", fail).once("close", done);
  });
  signal.removeEventListener("abort", stop);
  signal.throwIfAborted();
  const parsed = v.safeParse(upSchema, parseJson(stdout));
  if (parsed.success) return parsed.output;
  throw new CommandError({
    argv,
    exitCode: exitCode ?? undefined,
    purpose: `layerkeep up (${v.summarize(parsed.issues)})`,
  });
}

type RemoveOptions = Omit<UpOptions, "flags" | "signal">;

/** Deletes a leg from the cache repository with `layerkeep cache rm`. Throws a command error. */
export async function removeLeg(leg: string, { cwd, env, vars }: RemoveOptions): Promise<void> {
  const argv = [process.execPath, cli, "cache", "rm", leg, "--yes", ...varFlags(vars)] as const;
  await run(argv, { purpose: `deleting ${leg}`, cwd, env });
}

function varFlags(vars: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(vars).flatMap(([name, value]) => ["--var", `${name}=${value}`]);
}

/** A registry of the built command line, in a process of its own. */
export interface ServedRegistry extends Daemon {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
}

/** Starts `layerkeep registry serve` on a free port of loopback, its data in `root`. */
export async function serveRegistry(
  root: string,
  logFile: string,
  env: Readonly<Record<string, string>>,
): Promise<ServedRegistry> {
  await mkdir(root, { recursive: true });
  await writeFile(logFile, "");
  const serve = ["registry", "serve", "--listen", "127.0.0.1:0", "--root", root, "--json"];
  let host: string | undefined;
  const daemon = await startDaemon({
    name: "layerkeep registry serve",
    argv: [process.execPath, cli, ...serve],
    env,
    logFile,
    ready: () => {
      host = /"host":"([^"]+)"/.exec(readFileSync(logFile, "utf8"))?.[1];
      return Promise.resolve(host !== undefined);
    },
  });
  return { ...daemon, host: host ?? "" };
}

/** Where `up` keeps what its embedded registry holds. */
export function embeddedRoot(env: Readonly<Record<string, string>>): string {
  return join(env["XDG_CACHE_HOME"] ?? "", "layerkeep/registry");
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
