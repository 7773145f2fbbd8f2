import type { ContentMemory } from "./content-memory.ts";
import type { ContextReader } from "./context-reader.ts";
import type { FileStats } from "./file-stats.ts";

/** Names and values of a file's extended attributes; the values are hexadecimal. */
export type RawAttributes = readonly (readonly [name: string, value: string])[];

/**
 * Reads the extended attributes of files, without following links: of those that have any, by path.
 * Undefined if they cannot be read on this machine.
 */
export type ReadAttributes = (
  files: readonly string[],
) => Promise<ReadonlyMap<string, RawAttributes> | undefined>;

/** The attributes of files. Another program reads them, while we read the contents. */
export interface FileAttributes {
  /** Requests those of more files. Resolves when the read has started. */
  request(files: readonly string[]): Promise<void>;
  /** Resolves when all requested attributes are available. */
  settle(): Promise<void>;
  /** A file's attributes that count, as one text; undefined if it has none. */
  of(file: string): string | undefined;
}

/** Reads concurrent requests together. `read` undefined: no file has any attributes. */
export function createFileAttributes(
  read: ReadAttributes | undefined,
  reader: ContextReader,
  memory: ContentMemory,
): FileAttributes {
  const values = new Map<string, string | undefined>();
  const asked = new Set<string>();
  let batch: Map<string, FileStats> | undefined;
  let started = Promise.resolve();
  let settled = Promise.resolve();
  const begin = (): Map<string, FileStats> => {
    const files = new Map<string, FileStats>();
    const before = settled;
    let reading = Promise.resolve();
    started = new Promise((resolve) => {
      setImmediate(() => {
        batch = undefined;
        reading = take(files);
        // Its result is awaited in `settle`.
        reading.catch(() => undefined);
        resolve();
      });
    });
    settled = started.then(async () => {
      await Promise.all([before, reading]);
    });
    settled.catch(() => undefined);
    return files;
  };
  const take = async (files: ReadonlyMap<string, FileStats>): Promise<void> => {
    const found = await read?.([...files.keys()]);
    if (found === undefined) return;
    for (const [file, stats] of files) {
      const value = counting(found.get(file) ?? []);
      values.set(file, value);
      memory.rememberAttributes(file, stats, { value });
    }
  };
  return {
    request: (files) => {
      if (read === undefined) return Promise.resolve();
      for (const file of files) {
        if (asked.has(file)) continue;
        asked.add(file);
        const stats = reader.stat(file);
        const recalled = memory.recallAttributes(file, stats);
        if (recalled !== undefined) values.set(file, recalled.value);
        else (batch ??= begin()).set(file, stats);
      }
      return started;
    },
    settle: () => settled,
    of: (file) => values.get(file),
  };
}

/**
 * What BuildKit's checksum counts: all but `security.*` and `system.*`, plus `security.capability`
 * (cache/contenthash/tarsum.go).
 */
function counting(raw: RawAttributes): string | undefined {
  const counted = raw.filter(
    ([name]) => name === "security.capability" || !/^(?:security|system)\./.test(name),
  );
  if (counted.length === 0) return undefined;
  return JSON.stringify([...counted].sort(([a], [b]) => (a < b ? -1 : 1)));
}
