import { type CacheCopy, writeFrom } from "../../cache/use/copy.ts";
import { createCopyDisplay } from "../../report/caches/copy-display.ts";
import type { Io } from "../io.ts";
import type { overwriting } from "../program/flag-groups.ts";
import type { OptionsOf } from "../program/flags.ts";
import { type CacheCommandOptions, openWriting, type WritingStores } from "./cache-stores.ts";

export type WritingOptions = CacheCommandOptions & OptionsOf<typeof overwriting>;

/** The caches that are read, and the place that is written to, in BuildKit's words. */
export interface Places {
  readonly from: readonly string[];
  readonly to: string;
}

/** Writes what is made of caches. */
export async function writeMade(
  { from, to }: Places,
  make: Parameters<typeof writeFrom>[2],
  { force, ...options }: WritingOptions,
  io: Io,
): Promise<CacheCopy> {
  await using opened = await openWriting(from, to, options, io);
  return await writeShown(opened, make, force, io);
}

/** Writes what is made of opened caches, and shows how much was sent. */
export async function writeShown(
  { sources, target, traffic }: WritingStores,
  make: Parameters<typeof writeFrom>[2],
  force: boolean | undefined,
  io: Io,
): Promise<CacheCopy> {
  const display = createCopyDisplay({
    mode: io.progress,
    write: io.err,
    terminal: io.terminal,
    now: () => io.now().getTime(),
    sentBytes: () => traffic.sentBytes,
  });
  const { onBlob } = display;
  try {
    return await writeFrom(sources, target, make, { force, signal: io.signal, onBlob });
  } finally {
    display.close();
  }
}
