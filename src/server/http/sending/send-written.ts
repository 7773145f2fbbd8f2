import { count } from "../../../count.ts";
import type { ServerResponse } from "node:http";
import { sliceBytes, type WrittenBody } from "../reply.ts";
import { ReadingPace } from "../body/slow-body.ts";

/**
 * Sends a body that is generated while it is sent, and ends the response. Rejects if the client
 * disconnected or reads too slowly, or if the body's length differs from the announced one.
 */
export async function sendWritten(response: ServerResponse, body: WrittenBody): Promise<void> {
  const gone = whenGone(response);
  const pace = new ReadingPace();
  let sent = 0;
  try {
    await body.writeTo(async (bytes) => {
      for (let at = 0; at < bytes.length; at += sliceBytes) {
        const slice = bytes.subarray(at, at + sliceBytes);
        sent += slice.length;
        if (sent > body.length) break;
        const asked = performance.now();
        await Promise.race([write(response, slice), gone.promise]);
        pace.count(slice.length, performance.now() - asked);
      }
    });
    if (sent !== body.length)
      throw new Error(
        `the response has ${count(sent, "byte")}, but its content-length is ${body.length}`,
      );
    response.end();
  } finally {
    gone.forget();
  }
}

/** Resolves when the operating system has the bytes and the buffer can be reused. */
export function write(response: ServerResponse, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    response.write(bytes, (error) => {
      if (error) reject(error);
      else resolve();
    });
  });
}

/** Rejects when the connection closes, since a write may then never call back. */
export function whenGone(response: ServerResponse): {
  promise: Promise<never>;
  forget: () => void;
} {
  let onClose: () => void = () => undefined;
  const promise = new Promise<never>((_, reject) => {
    onClose = () => reject(new Error("the client disconnected"));
    response.once("close", onClose);
    if (response.destroyed) onClose();
  });
  promise.catch(() => undefined);
  return { promise, forget: () => response.off("close", onClose) };
}
