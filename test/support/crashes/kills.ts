import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Random } from "../differential/random.ts";
import type { RegistryBundle } from "../registry-process.ts";
import { checkRegistry } from "./check.ts";
import { Ledger } from "./ledger.ts";
import { startLoad } from "./load.ts";
import {
  type CrashResult,
  type CrashRun,
  CrashViolation,
  mustBeRight,
  mustSucceed,
} from "./rounds.ts";
import { bundleCrashing, startCrashing } from "./server.ts";

/** One start of so many is killed as well, before it serves. */
const startsPerKilledStart = 6;
const longestLoadMs = 1_000;
const longestStartMs = 250;

/**
 * Kills a registry at random moments while clients change it, each time on the same root, and
 * checks after each start that all that was acknowledged holds.
 */
export async function checkKills(run: CrashRun): Promise<CrashResult> {
  const { rounds, signal } = run;
  const random = new Random(run.seed);
  const ledger = new Ledger();
  const folder = await mkdtemp(join(tmpdir(), "layerkeep-kills-"));
  const root = join(folder, "root");
  await using bundle = await bundleCrashing();
  let kept: string | undefined;
  let round = 0;
  try {
    // The last start is there to be checked alone.
    for (; round <= rounds; round++) {
      signal?.throwIfAborted();
      if (random.below(startsPerKilledStart) === 0) await killStart(bundle, root, random);
      await checkAndKill({ ...run, isLast: round === rounds }, { bundle, root, ledger, random });
      run.onRound?.(round, ledger.acknowledged);
    }
    return { rounds, acknowledged: ledger.acknowledged };
  } catch (error) {
    if (!(error instanceof CrashViolation)) throw error;
    kept = folder;
    const violation = { round, wrong: error.wrong, kept: root };
    return { rounds: round, acknowledged: ledger.acknowledged, violation };
  } finally {
    if (kept === undefined) await rm(folder, { recursive: true, force: true });
  }
}

interface KillGround {
  readonly bundle: RegistryBundle;
  readonly root: string;
  readonly ledger: Ledger;
  readonly random: Random;
}

async function checkAndKill(
  { signal, fault, isLast }: CrashRun & { readonly isLast: boolean },
  { bundle, root, ledger, random }: KillGround,
): Promise<void> {
  const server = await mustSucceed(startCrashing(bundle, root, fault), signal);
  try {
    mustBeRight(await checkRegistry(server, root, ledger));
    if (isLast) return;
    const load = startLoad(server, ledger, random);
    try {
      await load.run(random.below(longestLoadMs), signal);
    } finally {
      load.stop();
      await server.kill();
    }
    await mustSucceed(load.ended, signal);
  } finally {
    await server.kill();
  }
}

/** Kills a registry while it starts. */
async function killStart(bundle: RegistryBundle, root: string, random: Random): Promise<void> {
  const child = spawn(process.execPath, [bundle.script, root], { stdio: "ignore" });
  const exited = once(child, "exit");
  await sleep(random.below(longestStartMs));
  child.kill("SIGKILL");
  await exited;
}
