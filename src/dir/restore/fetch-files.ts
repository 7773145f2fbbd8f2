import { hintForUnusable, whyUnusable } from "../../bounded-file.ts";
import { IntegrityError, LayerkeepError, systemCodeOf, UsageError } from "../../errors.ts";
import type { Descriptor } from "../../oci/manifest.ts";
import { createLimit } from "../../registry/transport/pace/limit.ts";
import { Buffers } from "../packs/buffers.ts";
import { compressionOf } from "../packs/pack-types.ts";
import type { Storage } from "../stored/find-cache.ts";
import { damagedCache, isMissing, type ReadCache } from "../stored/read-cache.ts";
import { sameName } from "./same-name.ts";
import { largestPack } from "../tree/parse.ts";
import type { ByteName, Chunk, FileEntry } from "../tree/tree.ts";
import type { Crew } from "../threads/crew.ts";
import type { Destination, UnpackPack } from "../threads/tasks.ts";

/** Compression can make a pack a little larger. */
export const largestStored = largestPack + (1 << 20);

export interface Fetching {
  readonly storage: Storage;
  readonly crew: Crew;
  readonly key: string;
  readonly onProgress?: ((fetched: number) => void) | undefined;
}

/** Chunks that a pack has to give, each with where it is written to. */
type PackWork = UnpackPack["chunks"];

/** Fetches the packs of some files, several at once, and writes the files. Returns the bytes. */
export async function fetchFiles(
  cache: ReadCache,
  files: readonly FileEntry[],
  fileOf: (path: ByteName) => ByteName,
  fetching: Fetching,
): Promise<{ readonly bytes: number; readonly packs: number }> {
  let [bytes, packs] = [0, 0];
  const work = workOf(cache, files, fileOf);
  try {
    await unpackAll(cache, work, fetching, (size) => {
      bytes += size;
      packs += 1;
      fetching.onProgress?.(bytes);
    });
  } catch (error) {
    if (error instanceof PackError) throw damagedCache(fetching.key, error.why, error);
    throw error instanceof LayerkeepError ? error : cannotWrite(error);
  }
  return { bytes, packs };
}

/** What the file system says to a thread that writes. */
function cannotWrite(cause: unknown): unknown {
  if (systemCodeOf(cause) === undefined) return cause;
  if (systemCodeOf(cause) === "EEXIST") return sameName("a file", cause);
  return new UsageError(`cannot write the restored files: ${whyUnusable(cause)}`, {
    cause,
    hint: hintForUnusable(cause, "the folder to restore to"),
  });
}

/** Fetches every pack and checks its chunks. Returns what is wrong, one sentence each. */
export async function checkPacks(cache: ReadCache, fetching: Fetching): Promise<readonly string[]> {
  const problems: string[] = [];
  for (const [number, chunks] of cache.tree.packs.entries()) {
    try {
      const work = new Map([[number, wholePack(chunks)]]);
      await unpackAll(cache, work, fetching, () => undefined);
    } catch (error) {
      if (!(error instanceof PackError) && !(error instanceof IntegrityError)) throw error;
      problems.push(error instanceof PackError ? error.why : error.message);
    }
  }
  return problems;
}

/** A pack that cannot be used. */
export class PackError extends Error {
  readonly why: string;

  constructor(why: string, cause?: unknown) {
    super(why, { cause });
    this.why = why;
  }
}

async function unpackAll(
  cache: ReadCache,
  work: ReadonlyMap<number, PackWork>,
  { storage, crew }: Fetching,
  onPack: (bytes: number) => void,
): Promise<void> {
  const sizes = [...work.keys()].map((number) => cache.packs[number]?.size ?? 0);
  const largest = sizes.reduce((most, size) => Math.max(most, size), 0);
  if (largest > largestStored) throw new PackError("a pack is too large");
  // One more than can be unpacked at once is on its way; each may take several MiB.
  const buffers = new Buffers(largest, crew.size + 1);
  const limit = createLimit(crew.size + 1);
  let failed = false;
  const unpackOne = async (number: number, chunks: PackWork): Promise<void> => {
    if (failed) return;
    const buffer = await buffers.take();
    const { buffer: free, size } = await unpackPack(cache, number, {
      ...{ storage, crew, chunks, buffer },
    });
    buffers.give(free);
    onPack(size);
  };
  const all = [...work].map(([number, chunks]) =>
    limit(() =>
      unpackOne(number, chunks).catch((error: unknown) => {
        failed = true;
        throw error;
      }),
    ),
  );
  // Nothing may be written any more when this function has ended.
  await Promise.allSettled(all);
  await Promise.all(all);
}

interface Unpacking extends Pick<Fetching, "storage" | "crew"> {
  readonly chunks: PackWork;
  /** Has room for the pack, and is handed over: it comes back. */
  readonly buffer: ArrayBuffer;
}

/** Fetches a pack, checks chunks of it and writes them. Returns its size, as it is stored. */
export async function unpackPack(
  cache: ReadCache,
  number: number,
  { storage, crew, chunks, buffer: into }: Unpacking,
): Promise<{ readonly buffer: ArrayBuffer; readonly size: number }> {
  const descriptor = cache.packs[number];
  const size = (cache.tree.packs[number] ?? []).reduce((sum, { length }) => sum + length, 0);
  if (descriptor === undefined) throw new PackError("a pack is missing");
  const bytes = await readPack(descriptor, storage, into);
  const compression = compressionOf(descriptor.mediaType) ?? "none";
  const task = { kind: "unpack", bytes, compression, size, chunks } as const;
  const { buffer, problem, damaged } = await crew.run(task);
  const { digest } = descriptor;
  if (problem !== undefined) throw new PackError(`the pack ${digest}: ${problem}`);
  if (damaged.length > 0) throw new PackError(`the pack ${digest} has other content`);
  return { buffer, size: descriptor.size };
}

/** All chunks of a pack, each to where it begins in a file, or nowhere. */
export function wholePack(chunks: readonly Chunk[], file?: ByteName): PackWork {
  let start = 0;
  return chunks.map(({ digest, length }) => {
    const to =
      file === undefined ? [] : [{ file, offset: start, isSparse: false, mode: 0, mtime: 0 }];
    const chunk = { start, length, digest, to };
    start += length;
    return chunk;
  });
}

async function readPack(
  descriptor: Descriptor,
  { client, repository, signal }: Storage,
  into: ArrayBuffer,
): Promise<Uint8Array<ArrayBuffer>> {
  try {
    await client.readBlob(repository, descriptor, largestStored, { signal, into });
    return new Uint8Array(into, 0, descriptor.size);
  } catch (error) {
    if (!isMissing(error)) throw error;
    throw new PackError(`the pack ${descriptor.digest} was not found`, error);
  }
}

/** What each pack has to give for the files. */
function workOf(
  { tree }: ReadCache,
  files: readonly FileEntry[],
  fileOf: (path: ByteName) => ByteName,
): ReadonlyMap<number, PackWork> {
  const places = tree.packs.flatMap((chunks, pack) => {
    let start = 0;
    return chunks.map(({ length, digest }) => {
      const place = { pack, start, length, digest };
      start += length;
      return place;
    });
  });
  const destinations = new Map<number, Destination[]>();
  for (const entry of files) {
    const { path, chunks, isSparse, mtime } = entry;
    const isWhole = isWrittenWhole(entry);
    const common = { file: fileOf(path), isSparse, mode: entry.mode & 0o777, mtime };
    let offset = 0;
    for (const chunk of chunks) {
      const list = destinations.get(chunk) ?? [];
      destinations.set(chunk, list);
      list.push(isWhole ? common : { ...common, offset });
      offset += places[chunk]?.length ?? 0;
    }
  }
  const work = new Map<number, PackWork[number][]>();
  for (const [chunk, to] of [...destinations].sort(([a], [b]) => a - b)) {
    const place = places[chunk];
    if (place === undefined) continue;
    const { pack, start, length, digest } = place;
    const list = work.get(pack) ?? [];
    work.set(pack, list);
    list.push({ start, length, digest, to });
  }
  return work;
}

/** Whether a file is made by the thread that has its only chunk; holes need the file's size. */
export function isWrittenWhole({ chunks, isSparse }: FileEntry): boolean {
  return chunks.length === 1 && !isSparse;
}
