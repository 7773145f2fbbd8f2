import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { removeTree } from "../../../src/dir/restore/remove-tree.ts";
import type { Random } from "../differential/random.ts";
import { type FaultProxy, startFaultProxy } from "../fault-proxy.ts";
import { startEmbedded } from "../registries.ts";
import { killHook } from "./kill-hook.ts";

/** How a command ended: killed, or with an exit code. */
export interface Ended {
  readonly code: number | null;
  readonly stderr: string;
}

type Words = readonly ["save" | "restore", ...string[]];

/** A folder, a registry, and the built command line, which is killed at some moment. */
export interface KillBed extends AsyncDisposable {
  readonly root: string;
  /** The registry without the proxy. */
  readonly host: string;
  run(words: Words): Promise<Ended>;
  /** Kills it at a moment, a request, or a change of the file system: any, as `random` says. */
  runKilled(words: Words, random: Random): Promise<Ended>;
}

interface Measured {
  readonly milliseconds: number;
  readonly requests: number;
  readonly calls: number;
}

/** Needs `dist/`. */
export async function openKillBed(): Promise<KillBed> {
  const root = await mkdtemp(join(tmpdir(), "layerkeep-dir-kills-"));
  const registry = await startEmbedded();
  const proxy = await startFaultProxy(registry.host, () => undefined);
  mkdirSync(join(root, "home"));
  writeFileSync(
    join(root, "layerkeep.yml"),
    `cache: ${proxy.host}/kills/dirs\nvariants:\n  core: {}\n`,
  );
  writeFileSync(join(root, "Dockerfile"), "FROM scratch\n");
  /** Of the last command of each kind that was not killed. */
  const measured = new Map<string, Measured>();

  const run = async (words: Words): Promise<Ended> => {
    const counted = join(root, "count");
    rmSync(counted, { force: true });
    const [began, requests] = [performance.now(), proxy.seen.length];
    const ended = await start({ root, words, env: { KILL_COUNT: counted } }).ended;
    const calls = existsSync(counted) ? Number(readFileSync(counted, "utf8")) : 0;
    const milliseconds = performance.now() - began;
    measured.set(words[0], { milliseconds, requests: proxy.seen.length - requests, calls });
    return ended;
  };
  const runKilled = async (words: Words, random: Random): Promise<Ended> => {
    const usual = measured.get(words[0]) ?? { milliseconds: 500, requests: 10, calls: 100 };
    const how = random.pick(["moment", "request", "call", "call"] as const);
    const env = how === "call" ? { KILL_AT: String(random.below(usual.calls)) } : {};
    const child = start({ root, words, env });
    const wait = random.below(usual.milliseconds);
    const timer = how === "moment" ? setTimeout(child.kill, wait) : undefined;
    if (how === "request") killAtRequest(proxy, random.below(usual.requests), child.kill);
    const ended = await child.ended;
    clearTimeout(timer);
    proxy.between = () => Promise.resolve();
    return ended;
  };
  return {
    root,
    host: registry.host,
    run,
    runKilled,
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]();
      await registry[Symbol.asyncDispose]();
      removeTree(root);
    },
  };
}

/** The request of this number is still passed on, or never, if the process was gone before. */
function killAtRequest(proxy: FaultProxy, number: number, kill: () => void): void {
  let seen = 0;
  proxy.between = () => {
    if (seen++ === number) kill();
    return Promise.resolve();
  };
}

function start({
  root,
  words,
  env,
}: {
  readonly root: string;
  readonly words: Words;
  readonly env: Readonly<Record<string, string>>;
}): { readonly ended: Promise<Ended>; readonly kill: () => void } {
  const home = join(root, "home");
  const own = { PATH: process.env["PATH"], HOME: home, XDG_CACHE_HOME: join(home, "cache") };
  const args = [...killHook, resolve("dist/cli.js"), "dir", ...words, "--quiet"];
  const child = spawn(process.execPath, args, {
    cwd: root,
    env: { ...own, ...env },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const ended = once(child, "close").then(() => ({ code: child.exitCode, stderr }));
  return { ended, kill: () => void child.kill("SIGKILL") };
}
