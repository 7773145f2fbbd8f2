import { type CacheCopy, writeFrom } from "../../cache/use/copy.ts";
import type { Io } from "../io.ts";
import type { overwriting } from "../program/flag-groups.ts";
import type { OptionsOf } from "../program/flags.ts";
import { type CacheCommandOptions, openWriting } from "./cache-stores.ts";

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
  return await writeFrom(opened.sources, opened.target, make, { force, signal: io.signal });
}
