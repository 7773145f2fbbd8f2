import { UsageError } from "../../errors.ts";
import { readBounded, whyUnusable } from "../../bounded-file.ts";

/** In bytes. A password file of ten thousand users is smaller. */
const largest = 1 << 20;

/**
 * Reads a small text file that the operator named. `what` is its name in messages, such as `the
 * password file`. Throws a usage error that says why it cannot be read.
 */
export async function readTextFile(file: string, what: string): Promise<string> {
  const bytes = await readBounded(file, largest).catch((cause: unknown) => {
    throw unreadable(file, what, whyUnusable(cause), cause);
  });
  if (bytes.length > largest) throw unreadable(file, what, "it is larger than 1 MiB");
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw unreadable(file, what, "it is not UTF-8 text", cause);
  }
}

function unreadable(file: string, what: string, why: string, cause?: unknown): UsageError {
  return new UsageError(`${what} ${file} cannot be read: ${why}`, { cause });
}
