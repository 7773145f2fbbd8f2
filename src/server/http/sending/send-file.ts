import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import type { ServerResponse } from "node:http";
import type { FileBody } from "../reply.ts";
import { whenGone, write } from "./send-written.ts";
import { ReadingPace } from "../body/slow-body.ts";

/** Reads of 1 MiB take a quarter of the time of 64 KiB reads. */
const bufferBytes = 1 << 20;
/** The buffer size when many clients are already being served. */
const smallBufferBytes = 64 << 10;
/** The most large buffers; they are reused, since allocating and collecting them is expensive. */
const mostBuffers = 32;
const spare: Buffer[] = [];
let lent = 0;

/**
 * Sends a part of a file and ends the response. Rejects if the file is shorter than before or the
 * client disconnected.
 */
export async function sendFile(response: ServerResponse, body: FileBody): Promise<void> {
  // A link that replaced the file meanwhile is not followed.
  const handle = await open(body.path, constants.O_RDONLY | constants.O_NOFOLLOW);
  const gone = whenGone(response);
  // Two buffers alternate: one is filled while the other is being sent.
  let front = lend(body.length);
  let back = lend(body.length);
  let isIdle = false;
  try {
    const pace = new ReadingPace();
    let flushed: Promise<void> = Promise.resolve();
    let position = body.start;
    const end = body.start + body.length;
    while (position < end) {
      const filled = await fill(handle, front, position, end, body);
      const asked = performance.now();
      await Promise.race([flushed, gone.promise]);
      pace.count(filled, performance.now() - asked);
      flushed = write(response, front.subarray(0, filled));
      flushed.catch(() => undefined);
      position += filled;
      [front, back] = [back, front];
    }
    await Promise.race([flushed, gone.promise]);
    response.end();
    isIdle = true;
  } finally {
    // After a failure, one of them may still be in use, so it is not reused.
    for (const buffer of [front, back]) giveBack(buffer, isIdle);
    gone.forget();
    await handle.close();
  }
}

function lend(length: number): Buffer {
  if (length <= smallBufferBytes || lent >= mostBuffers) {
    return Buffer.allocUnsafeSlow(Math.min(length, smallBufferBytes));
  }
  lent += 1;
  return spare.pop() ?? Buffer.allocUnsafeSlow(bufferBytes);
}

function giveBack(buffer: Buffer, isIdle: boolean): void {
  if (buffer.length !== bufferBytes) return;
  lent -= 1;
  if (isIdle) spare.push(buffer);
}

async function fill(
  handle: FileHandle,
  buffer: Buffer,
  position: number,
  end: number,
  body: FileBody,
): Promise<number> {
  const { bytesRead } = await handle.read(
    buffer,
    0,
    Math.min(buffer.length, end - position),
    position,
  );
  if (bytesRead === 0)
    throw new Error(
      `${body.path} ended early: it ended at byte ${position}, but data was expected up to byte ${end}`,
    );
  return bytesRead;
}
