import { createHash } from "node:crypto";
import type { JobCache, JobConfig, JobEntry } from "../../config/jobs/job-config.ts";
import { compileGlobs } from "../../dockerfile/ignore/ignore.ts";
import { UsageError } from "../../errors.ts";
import type { CacheKeys } from "./job-row.ts";

/** The checkout that keys are made from, by path relative to the config's folder. */
export interface Checkout {
  /** Ids of the files' content. */
  readonly files: ReadonlyMap<string, string>;
  /** Undefined if there is no such file. */
  readonly readText: (path: string) => Promise<string | undefined>;
  readonly epoch: string;
}

/**
 * The keys of each entry's caches. Throws a usage error for a cache that no entry of the job has,
 * and for a version that cannot be found in its file.
 */
export async function cacheKeysOf(
  { name, entries }: JobConfig,
  checkout: Checkout,
): Promise<ReadonlyMap<string, CacheKeys>> {
  const keys = await Promise.all(
    entries.map(async (entry) => [entry, await keysOf(name, entry, checkout)] as const),
  );
  for (const { kind } of entries[0]?.caches ?? []) {
    if (keys.some(([, own]) => own[kind] !== undefined)) continue;
    throw new UsageError(`jobs.${name}: no files found for the ${kind} cache key`, {
      hint: "list files that git tracks, with paths relative to the folder of the config, or remove this cache from the job",
    });
  }
  return new Map(keys.map(([entry, own]) => [entry.name, own]));
}

async function keysOf(job: string, entry: JobEntry, checkout: Checkout): Promise<CacheKeys> {
  const keys = await Promise.all(
    entry.caches.map(async (cache) => [cache.kind, await keyOf(job, cache, checkout)] as const),
  );
  return Object.fromEntries(keys);
}

async function keyOf(
  job: string,
  cache: JobCache,
  checkout: Checkout,
): Promise<string | undefined> {
  switch (cache.kind) {
    case "go":
      return digestOfFiles(cache.sums, checkout);
    case "pip":
      return digestOfFiles(cache.requirements, checkout);
    case "homebrew":
      return `${checkout.epoch}-${shortDigest([cache.formulas, cache.cellar])}`;
    case "ccache":
      return cache.version === undefined
        ? checkout.epoch
        : versionOf(`jobs.${job}`, cache.version, checkout);
  }
}

function digestOfFiles(globs: readonly string[], { files }: Checkout): string | undefined {
  const rules = compileGlobs(globs);
  const found = [...files]
    .filter(([path]) => rules.matches(path))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return found.length === 0 ? undefined : shortDigest(found);
}

async function versionOf(
  what: string,
  { file, pattern }: { readonly file: string; readonly pattern: string },
  { readText }: Checkout,
): Promise<string | undefined> {
  const text = await readText(file);
  if (text === undefined) return undefined;
  const version = new RegExp(pattern, "m").exec(text)?.[1];
  if (version !== undefined && /^[\w.+-]{1,100}$/.test(version)) return version;
  const why = version === undefined ? "matches nothing" : "finds no version";
  throw new UsageError(`${what}: the pattern "${pattern}" ${why} in ${file}`, {
    hint: "use a pattern whose first capture group matches only letters, digits, ., _, + and -",
  });
}

/** Long enough for the files of one repository. */
function shortDigest(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("hex").slice(0, 20);
}
