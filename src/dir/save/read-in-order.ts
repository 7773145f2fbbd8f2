import { lstatSync } from "node:fs";
import { largestWhole } from "../chunks/cut.ts";
import { packBytes } from "../packs/pack-builder.ts";
import { pick } from "../known/known-files.ts";
import { bytesOf, type FileStat, type Found } from "../tree/walk.ts";
import type { Chunk } from "../tree/tree.ts";
import type { Crew } from "../threads/crew.ts";
import { changed } from "../threads/read.ts";
import type { Failure, ReadChunk, ReadResult } from "../threads/tasks.ts";

/** How often a file is read that changes meanwhile. */
const mostTries = 3;
/** Of files that are read at once into one buffer. */
const mostFiles = 1024;

/** Gets what was read, in the order of the files. */
export interface Reader {
  chunk(chunk: Chunk, bytes: Uint8Array, isCompressible: boolean): Promise<void>;
  /** The file was read, as it was at `stat`. */
  done(file: Found, stat: FileStat, chunks: readonly Chunk[]): void;
  /** The file could not be read: `changed`, or the system's code. */
  failed(file: Found, why: string): void;
}

/** Small files that are read at once, or one that is read alone. */
type Step = readonly Found[];

/**
 * Reads files in several threads, some of them ahead, and hands over their chunks in order. A file
 * that changes while it is read is read again, three times at most.
 */
export async function readInOrder(
  files: readonly Found[],
  crew: Crew,
  reader: Reader,
  signal?: AbortSignal,
): Promise<void> {
  const free: ArrayBuffer[] = [];
  const take = (): ArrayBuffer => free.pop() ?? new ArrayBuffer(packBytes);
  const steps = stepsOf(files);
  const started: (Promise<ReadResult> | undefined)[] = [];
  const start = (step: Step): Promise<ReadResult> | undefined => {
    if (isLarge(step)) return undefined;
    const asked = step.map(({ file, stat }) => ({ file, stat: pick(stat) }));
    const run = crew.run({ kind: "read-files", buffer: take(), files: asked });
    // It is awaited in its turn.
    run.catch(() => undefined);
    return run;
  };
  for (const [number, step] of steps.entries()) {
    signal?.throwIfAborted();
    while (started.length < steps.length && started.length <= number + crew.size) {
      started.push(start(steps[started.length] ?? []));
    }
    const read = await started[number];
    started[number] = undefined;
    const again = read === undefined ? step : await handOver(step, read, reader);
    if (read !== undefined) free.push(read.buffer);
    for (const file of again) {
      const alone = { crew, reader, buffer: take(), isAgain: read !== undefined };
      free.push(await readAlone(file, alone));
    }
  }
}

function stepsOf(files: readonly Found[]): readonly Step[] {
  const steps: Found[][] = [];
  let [open, bytes]: [Found[] | undefined, number] = [undefined, 0];
  for (const file of files) {
    const { size } = file.stat;
    if (size > largestWhole) {
      steps.push([file]);
      open = undefined;
      continue;
    }
    if (open === undefined || bytes + size > packBytes || open.length >= mostFiles) {
      [open, bytes] = [[], 0];
      steps.push(open);
    }
    open.push(file);
    bytes += size;
  }
  return steps;
}

function isLarge([first]: Step): boolean {
  return first !== undefined && first.stat.size > largestWhole;
}

/** Returns the files that changed meanwhile. */
async function handOver(
  step: Step,
  { buffer, files }: ReadResult,
  reader: Reader,
): Promise<readonly Found[]> {
  const again: Found[] = [];
  for (const [number, file] of step.entries()) {
    const read = files[number] ?? { failed: changed };
    if ("failed" in read) {
      if (read.failed === changed) again.push(file);
      else reader.failed(file, read.failed);
      continue;
    }
    await handChunks(read, buffer, reader);
    reader.done(file, pick(file.stat), read);
  }
  return again;
}

async function handChunks(
  chunks: readonly ReadChunk[],
  buffer: ArrayBuffer,
  reader: Reader,
): Promise<void> {
  for (const { start, length, digest, isCompressible } of chunks) {
    await reader.chunk({ digest, length }, new Uint8Array(buffer, start, length), isCompressible);
  }
}

interface Alone {
  readonly crew: Crew;
  readonly reader: Reader;
  readonly buffer: ArrayBuffer;
  /** Whether it changed already. */
  readonly isAgain: boolean;
}

/** Returns the buffer. */
async function readAlone(found: Found, { isAgain, ...alone }: Alone): Promise<ArrayBuffer> {
  let { buffer } = alone;
  for (let tries = isAgain ? 1 : 0; tries < mostTries; tries++) {
    const stat = tries === 0 ? found.stat : statAgain(found);
    if (stat === undefined) break;
    const read = await readOnce(found, pick(stat), { ...alone, buffer });
    buffer = read.buffer;
    if (!("failed" in read)) {
      alone.reader.done(found, pick(stat), read.chunks);
      return buffer;
    }
    if (read.failed !== changed) {
      alone.reader.failed(found, read.failed);
      return buffer;
    }
  }
  alone.reader.failed(found, statAgain(found) === undefined ? "ENOENT" : changed);
  return buffer;
}

async function readOnce(
  { file }: Found,
  stat: FileStat,
  { crew, reader, buffer: first }: Omit<Alone, "isAgain">,
): Promise<{ readonly buffer: ArrayBuffer } & (Failure | { readonly chunks: readonly Chunk[] })> {
  let buffer = first;
  const chunks: Chunk[] = [];
  let offset = 0;
  do {
    const isWhole = stat.size <= largestWhole;
    const result: ReadResult = isWhole
      ? await crew.run({ kind: "read-files", buffer, files: [{ file, stat }] })
      : await crew.run({ kind: "read-part", buffer, file, stat, offset });
    buffer = result.buffer;
    const [read = { failed: changed }] = result.files;
    if ("failed" in read) return { buffer, failed: read.failed };
    await handChunks(read, buffer, reader);
    for (const { digest, length } of read) {
      chunks.push({ digest, length });
      offset += length;
    }
  } while (offset < stat.size);
  return { buffer, chunks };
}

/** Undefined if it is gone, or not a file any more. */
function statAgain({ file }: Found): FileStat | undefined {
  const stat = lstatSync(bytesOf(file), { throwIfNoEntry: false });
  return stat?.isFile() === true ? stat : undefined;
}
