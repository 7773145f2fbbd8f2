import { UsageError } from "../../errors.ts";
import type { Io } from "../io.ts";

/** The text on standard input. Throws a usage error if it is too large or not UTF-8. */
export async function readStdin(io: Pick<Io, "stdin">, largest: number): Promise<string> {
  const bytes = await readStdinBytes(io, largest);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new UsageError("standard input is not UTF-8 text", { cause });
  }
}

/** What is on standard input. Throws a usage error if that is more than `largest` bytes. */
export async function readStdinBytes(
  { stdin }: Pick<Io, "stdin">,
  largest: number,
): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of stdin()) {
    length += chunk.length;
    if (length > largest) {
      throw new UsageError(`standard input is larger than ${largest / (1 << 20)} MiB`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
