import { dirname } from "node:path";
import { messageOf } from "../../../errors.ts";
import { formatBytes } from "../../../report/table.ts";
import type { Machine } from "./machine.ts";
import { moveEngine } from "./move-engine.ts";
import { toolFolders } from "./tool-folders.ts";

export interface FreeDiskOptions {
  /** Where Docker keeps its data. */
  readonly engineRoot: string;
  /** Bytes that the engine's disk should have free; undefined: as many as possible. */
  readonly wanted: number | undefined;
  readonly machine: Machine;
  /** Prints a line. */
  readonly say: (text: string) => void;
  readonly warn: (text: string) => void;
}

/**
 * Makes space for builds on one of GitHub's runners: first moves the engine to the spare disk, then
 * deletes tools that builds do not need. Stops as soon as the engine's disk has what is wanted.
 * What cannot be done is a warning. Returns the bytes won.
 */
export async function freeDisk(options: FreeDiskOptions): Promise<number> {
  const { engineRoot, wanted = Infinity, machine, say, warn } = options;
  const free = (): Promise<number> => machine.freeBytes(engineRoot);
  const before = await free();
  if (before >= wanted) {
    say(`${formatBytes(before)} is already free: nothing to delete or move`);
    return 0;
  }
  let won = await tryMoving(options, before);
  for (const folder of toolFolders) {
    if ((await free()) >= wanted) break;
    won += await tryDeleting(folder, options);
  }
  const after = await free();
  if (wanted !== Infinity && after < wanted) {
    warn(`only ${formatBytes(after)} of the requested ${formatBytes(wanted)} is free for builds`);
  }
  say(`freed ${formatBytes(won)}: ${formatBytes(after)} is now free for builds`);
  return won;
}

async function tryMoving(
  { engineRoot, machine, say, warn }: FreeDiskOptions,
  before: number,
): Promise<number> {
  try {
    const { moved, why } = await moveEngine(engineRoot, machine);
    if (!moved) {
      say(`did not move ${engineRoot}: ${why ?? ""}`);
      return 0;
    }
    const won = Math.max(0, (await machine.freeBytes(engineRoot)) - before);
    say(`moved ${engineRoot} to the spare disk: ${formatBytes(won)} freed`);
    return won;
  } catch (error) {
    warn(`could not move ${engineRoot} to the spare disk: ${messageOf(error)}`);
    return 0;
  }
}

/** If a size is wanted, only what is on the engine's disk helps. */
async function tryDeleting(
  folder: string,
  { engineRoot, wanted, machine, say, warn }: FreeDiskOptions,
): Promise<number> {
  const disk = await machine.diskOf(folder);
  if (disk === undefined) return 0;
  if (wanted !== undefined && disk !== (await machine.diskOf(engineRoot))) return 0;
  const parent = dirname(folder);
  try {
    const before = await machine.freeBytes(parent);
    await machine.asRoot(["rm", "-rf", "--one-file-system", "--", folder], `deleting ${folder}`);
    const won = Math.max(0, (await machine.freeBytes(parent)) - before);
    say(`deleted ${folder}: ${formatBytes(won)}`);
    return won;
  } catch (error) {
    warn(`could not delete ${folder}: ${messageOf(error)}`);
    return 0;
  }
}
