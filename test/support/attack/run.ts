import { get as request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { Attack } from "./attacks.ts";
import { attackLogins } from "./logins.ts";
import type { Pushed } from "./requests.ts";
import type { Target } from "./target.ts";

/** How a server bore an attack. */
export interface Outcome {
  readonly name: string;
  /** Of memory, at most, since it started. */
  readonly mebibytes: number;
  /** Milliseconds until it answered another client, at most; the attackers' own work included. */
  readonly slowest: number;
  /** Requests of another client, and those that were not answered. */
  readonly asked: number;
  readonly failed: number;
  readonly isRunning: boolean;
}

interface RunOptions {
  readonly pushed: Pushed;
  readonly size: number;
  readonly milliseconds: number;
}

/** Attacks for so long, while another client goes on asking. */
export async function runAttack(
  target: Target,
  { name, run }: Attack,
  { pushed, size, milliseconds }: RunOptions,
): Promise<Outcome> {
  const signal = AbortSignal.timeout(milliseconds);
  const attacking = run({ url: target.url, pushed, size, signal });
  return watch(target, name, signal, attacking);
}

/** Guesses passwords for so long, while others log in for the first time, and again. */
export async function runLogins(
  target: Target,
  { size, milliseconds }: Omit<RunOptions, "pushed">,
): Promise<Outcome & { readonly firstLogins: readonly number[] }> {
  const signal = AbortSignal.timeout(milliseconds);
  const logins = attackLogins({ url: target.url, size, signal });
  const outcome = await watch(target, "wrong passwords", signal, logins, [401]);
  return { ...outcome, firstLogins: await logins };
}

async function watch(
  target: Target,
  name: string,
  signal: AbortSignal,
  attacking: Promise<unknown>,
  expected: readonly number[] = [200],
): Promise<Outcome> {
  let [slowest, asked, failed] = [0, 0, 0];
  while (!signal.aborted) {
    const began = performance.now();
    const status = await statusOf(target.url).catch(() => 0);
    asked += 1;
    if (!expected.includes(status)) failed += 1;
    slowest = Math.max(slowest, performance.now() - began);
    await sleep(50);
  }
  await attacking;
  const isRunning = target.isRunning();
  return {
    name,
    mebibytes: isRunning ? Math.round(target.peakMemory() / 2 ** 20) : 0,
    slowest: Math.round(slowest),
    asked,
    failed,
    isRunning,
  };
}

/** Over a new connection. Rejects if it breaks, or if nothing comes within 30 seconds. */
function statusOf(url: URL): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request(new URL("/v2/", url), { agent: false, timeout: 30_000 }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    sent.once("error", reject);
    sent.once("timeout", () => sent.destroy(new Error("no answer")));
  });
}
