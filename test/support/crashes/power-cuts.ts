import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { Random } from "../differential/random.ts";
import type { RegistryBundle } from "../registry-process.ts";
import { checkRegistry } from "./check.ts";
import { type CuttableDisk, makeCuttableDisk } from "./disks.ts";
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

const longestLoadMs = 1_500;

/**
 * Cuts the power of a registry's disk at random moments while clients change it, goes on with
 * what the disk has, and checks after each start that all that was acknowledged before the cut
 * holds. Needs what `missingForPowerCuts` asks for.
 */
export async function checkPowerCuts(run: CrashRun): Promise<CrashResult> {
  const { rounds, signal } = run;
  const random = new Random(run.seed);
  const ledger = new Ledger();
  await using bundle = await bundleCrashing();
  await using disk = await makeCuttableDisk();
  let round = 0;
  try {
    // The last start is there to be checked alone.
    for (; round <= rounds; round++) {
      signal?.throwIfAborted();
      await checkAndCut({ ...run, isLast: round === rounds }, { bundle, disk, ledger, random });
      run.onRound?.(round, ledger.acknowledged);
    }
    return { rounds, acknowledged: ledger.acknowledged };
  } catch (error) {
    if (!(error instanceof CrashViolation)) throw error;
    const violation = { round, wrong: error.wrong, kept: await disk.keepCopy() };
    return { rounds: round, acknowledged: ledger.acknowledged, violation };
  }
}

interface CutGround {
  readonly bundle: RegistryBundle;
  readonly disk: CuttableDisk;
  readonly ledger: Ledger;
  readonly random: Random;
}

async function checkAndCut(
  { signal, fault, isLast }: CrashRun & { readonly isLast: boolean },
  { bundle, disk, ledger, random }: CutGround,
): Promise<void> {
  const root = join(disk.folder, "root");
  const server = await mustSucceed(startCrashing(bundle, root, fault), signal);
  try {
    mustBeRight(await checkRegistry(server, root, ledger));
    if (isLast) return;
    const armed = disk.arm();
    const load = startLoad(server, ledger, random);
    try {
      await load.run(random.below(longestLoadMs), signal);
      // What is acknowledged from here on may come after the cut.
      ledger.mark();
      await armed.cut();
    } finally {
      load.stop();
      await server.kill();
      await armed.disarm();
    }
    await mustSucceed(load.ended, signal);
  } finally {
    await server.kill();
  }
  const damage = await disk.goOn();
  if (damage !== undefined) throw new CrashViolation([`the file system is damaged: ${damage}`]);
  if (random.chance(0.5)) await unlock(root);
}

/**
 * Deletes the lock, so that the next start goes on in the journal's last segment. If it has to
 * take the root over, it replaces that segment by a copy.
 */
async function unlock(root: string): Promise<void> {
  const names = await readdir(root).catch(() => []);
  for (const name of names) if (name.startsWith("lock-")) await rm(join(root, name));
}
