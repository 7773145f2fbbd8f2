import { UsageError } from "../../errors.ts";
import { largestFile } from "../../lint/files/read-repository.ts";
import type { Io } from "../io.ts";

/** The text on standard input. Throws a usage error if it is too large or not UTF-8. */
export async function readStdin({ stdin }: Pick<Io, "stdin">): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of stdin()) {
    length += chunk.length;
    if (length > largestFile) {
      throw new UsageError(`standard input is larger than ${largestFile / (1 << 20)} MiB`);
    }
    chunks.push(chunk);
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(chunks));
  } catch (cause) {
    throw new UsageError("standard input is not UTF-8 text", { cause });
  }
}
