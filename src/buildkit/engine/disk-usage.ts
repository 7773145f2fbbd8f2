import { EngineError } from "../../errors.ts";
import { lastLines } from "../../exec.ts";
import type { Buildx } from "../builder/buildx.ts";

/** A record of a builder's own cache. */
export interface CacheUse {
  readonly id: string;
  /** `regular`, `source.local`, `source.git.checkout`, `exec.cachemount`, `frontend`, `internal`. */
  readonly type: string;
  readonly description: string;
  /** Bytes. buildx prints four digits of them. */
  readonly size: number;
  /** Whether it may be deleted: nothing is using it. */
  readonly reclaimable: boolean;
  /** Whether others use the same blobs: images, if the engine keeps them. */
  readonly shared: boolean;
  readonly uses: number;
  /** In buildx's words: `24 minutes ago`; null: never. */
  readonly lastUsed: string | null;
  /** Milliseconds since then, or since it was created, as exactly as buildx prints it. */
  readonly idle: number;
}

export interface BuilderQuestion {
  /** The current builder if no name is given. */
  readonly builder?: string | undefined;
  /**
   * BuildKit's filters: `type=exec.cachemount`, `description~=make`. A record must match all of
   * them.
   */
  readonly filters?: readonly string[] | undefined;
  readonly signal?: AbortSignal | undefined;
}

const timeoutMs = 120_000;
const mostOutput = 64 << 20;

/**
 * The records of a builder's cache, as `buildx du --verbose` lists them. Throws an engine error if
 * no engine answers or a filter is invalid.
 */
export async function diskUsage(
  buildx: Buildx,
  { builder, filters = [], signal }: BuilderQuestion = {},
): Promise<readonly CacheUse[]> {
  const argv = ["du", "--verbose", ...filters.map((filter) => `--filter=${filter}`)];
  const text = await ask(buildx, argv, builder, "listing the builder cache", signal);
  return parseDiskUsage(text, Date.now());
}

export interface PruneOptions extends BuilderQuestion {
  /** How many milliseconds a record must have been unused. */
  readonly unused?: number | undefined;
  /** Also internal records and frontends. */
  readonly all?: boolean | undefined;
  /** The bytes to keep in any case, the most to keep, and the space to leave free on the disk. */
  readonly reservedSpace?: number | undefined;
  readonly maxUsedSpace?: number | undefined;
  readonly minFreeSpace?: number | undefined;
}

/**
 * Deletes the records that match the filters and exceed the sizes. Returns the bytes that were
 * freed.
 */
export async function pruneBuilder(buildx: Buildx, options: PruneOptions): Promise<number> {
  const { all, unused, reservedSpace, maxUsedSpace, minFreeSpace, filters = [] } = options;
  const age = unused === undefined ? [] : [`unused-for=${Math.ceil(unused / 1000)}s`];
  const sizes = {
    "reserved-space": reservedSpace,
    "max-used-space": maxUsedSpace,
    "min-free-space": minFreeSpace,
  };
  const argv = [
    "prune",
    "--force",
    ...(all === true ? ["--all"] : []),
    ...[...filters, ...age].map((filter) => `--filter=${filter}`),
    ...Object.entries(sizes).flatMap(([name, bytes]) =>
      bytes === undefined ? [] : [`--${name}=${bytes}`],
    ),
  ];
  const { builder, signal } = options;
  const text = await ask(buildx, argv, builder, "pruning the builder cache", signal);
  return parseBytes(/^Total:\s+(\S+)\s*$/m.exec(text)?.[1] ?? "0B");
}

/**
 * The output of `buildx du --verbose`: a block of `Key: value` lines for each record, then the
 * totals.
 */
export function parseDiskUsage(text: string, now: number): readonly CacheUse[] {
  return text
    .split(/^(?=ID:)/m)
    .filter((block) => block.startsWith("ID:"))
    .map((block) => {
      const field = (name: string): string =>
        new RegExp(`^${name}:[ \\t]*(.*)$`, "m").exec(block)?.[1]?.trim() ?? "";
      const lastUsed = field("Last used");
      return {
        id: field("ID"),
        type: field("Type"),
        description: field("Description"),
        size: parseBytes(field("Size")),
        reclaimable: field("Reclaimable") === "true",
        shared: field("Shared") === "true",
        uses: Number(field("Usage count")) || 0,
        lastUsed: lastUsed === "" || lastUsed === "never" ? null : lastUsed,
        idle: parseAgo(lastUsed) ?? now - parseGoTime(field("Created at"), now),
      };
    });
}

async function ask(
  { path, env, exec }: Buildx,
  argv: readonly string[],
  builder: string | undefined,
  purpose: string,
  signal: AbortSignal | undefined,
): Promise<string> {
  const named = builder === undefined ? [] : [`--builder=${builder}`];
  const options = { env, purpose, signal, timeout: timeoutMs, maxOutput: mostOutput };
  const { exitCode, stdout, stderr } = await exec([path, ...argv, ...named], options);
  if (exitCode === 0) return stdout;
  throw new EngineError(`${purpose} failed: ${lastLines(stderr, 1).replace(/^ERROR: /, "")}`, {
    hint: "check that the builder is running (`docker buildx ls`), and that this version of buildx supports the filter",
  });
}

const units: Readonly<Record<string, number>> = { B: 1, kB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 };

function parseBytes(text: string): number {
  const [, number, unit = ""] = /^([\d.]+)([kMGT]?B)$/.exec(text) ?? [];
  return Math.round(Number(number ?? 0) * (units[unit] ?? 0));
}

const spans: Readonly<Record<string, number>> = {
  second: 1_000,
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
  week: 7 * 86_400_000,
  month: 30 * 86_400_000,
  year: 365 * 86_400_000,
};

/** `24 minutes ago`, `About an hour ago`, `Less than a second ago` (docker/go-units, duration.go). */
function parseAgo(text: string): number | undefined {
  const [, less, number, unit] =
    /^(Less than )?(?:About )?(\d+|an?) (second|minute|hour|day|week|month|year)s? ago$/.exec(
      text,
    ) ?? [];
  if (number === undefined || unit === undefined) return undefined;
  if (less !== undefined) return 0;
  return (/^an?$/.test(number) ? 1 : Number(number)) * (spans[unit] ?? 0);
}

/**
 * `2026-11-27 20:46:13.57319652 +0000 UTC`: Go's own format. A text in another format counts as
 * now.
 */
function parseGoTime(text: string, now: number): number {
  const [, date = "", time = "", zone = ""] =
    /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)\S* ([+-]\d{4})/.exec(text) ?? [];
  const at = Date.parse(`${date}T${time}${zone.replace(/(\d\d)$/, ":$1")}`);
  return Number.isFinite(at) ? at : now;
}
