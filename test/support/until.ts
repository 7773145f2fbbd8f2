import { once } from "node:events";
import type { Readable } from "node:stream";
import { inspect } from "node:util";

/** Waits until a program has said something on a stream. Throws if it ends before. */
export async function until(
  stream: Readable,
  ended: Promise<object>,
  said: () => boolean,
): Promise<void> {
  while (!said()) {
    const more = once(stream, "data").then(() => undefined);
    const result = await Promise.race([more, ended]);
    if (result !== undefined && !said()) throw new Error(`it ended before: ${inspect(result)}`);
  }
}
