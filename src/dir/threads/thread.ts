/**
 * A thread that reads, hashes, compresses and writes. It receives one task at a time
 * and answers `{ result }` or `{ failed }`; buffers are handed over, never copied. `scripts/build.ts`
 * bundles it beside the files that start it.
 */
import { parentPort } from "node:worker_threads";
import { messageOf, systemCodeOf } from "../../errors.ts";
import { openCodec } from "../packs/codec.ts";
import { perform } from "./perform.ts";
import type { Result, Task } from "./tasks.ts";

const codec = openCodec();

parentPort?.on("message", (task: Task) => {
  void codec
    .then((it) => {
      const result = perform(task, it);
      parentPort?.postMessage({ result }, buffersOf(result));
    })
    .catch((error: unknown) => {
      const failed = { message: messageOf(error), code: systemCodeOf(error) };
      parentPort?.postMessage({ failed });
    });
});

function buffersOf(result: Result): ArrayBuffer[] {
  const { buffer } = result;
  return "bytes" in result && result.bytes.buffer !== buffer
    ? [buffer, result.bytes.buffer]
    : [buffer];
}
