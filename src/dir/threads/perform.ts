import type { Codec } from "../packs/codec.ts";
import { hashOf } from "./hash.ts";
import { readFiles, readPart } from "./read.ts";
import type { CompressPack, CompressResult, Result, Task } from "./tasks.ts";
import { unpack } from "./write.ts";

/** What compression must save at least to be worth the work of every restore. */
const leastSaving = 0.05;

/** Does a task, in whichever thread. */
export function perform(task: Task, codec: Codec): Result {
  switch (task.kind) {
    case "read-files":
      return readFiles(task);
    case "read-part":
      return readPart(task);
    case "compress":
      return compress(task, codec);
    case "unpack":
      return unpack(task, codec);
  }
}

function compress({ bytes, isCompressible }: CompressPack, codec: Codec): CompressResult {
  const { buffer } = bytes;
  const packed = isCompressible ? codec.compress(bytes) : undefined;
  if (packed !== undefined && packed.length < bytes.length * (1 - leastSaving)) {
    return { buffer, bytes: packed, compression: "zstd", digest: hashOf(packed) };
  }
  return { buffer, bytes, compression: "none", digest: hashOf(bytes) };
}
