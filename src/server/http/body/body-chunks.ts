import type { IncomingMessage } from "node:http";
import { Refusal } from "../refusal.ts";
import { atTolerableRate, leastBytes, patienceMs } from "./slow-body.ts";

/** How many unread bytes are buffered before the client has to wait. */
const mostWaiting = 256 << 10;

/** The body of a request as it arrives. Throws a refusal if it arrives too slowly. */
export function readBody(request: IncomingMessage): AsyncIterator<Uint8Array> {
  const length = Number(request.headers["content-length"] ?? Number.NaN);
  // A body no longer than the minimum for that time has to arrive within it.
  if (length <= leastBytes) return new BodyChunks(request, performance.now() + patienceMs);
  return atTolerableRate(new BodyChunks(request));
}

/**
 * The chunks of a body, each as it arrives. Node's own iterator takes longer for a small body than
 * everything else that is done with it. Stopping early does not end the request: it still has to be
 * answered.
 */
class BodyChunks implements AsyncIterableIterator<Uint8Array, undefined> {
  readonly #request: IncomingMessage;
  readonly #until: number;
  #chunks: Uint8Array[] = [];
  #bytes = 0;
  #end: { readonly error?: Error } | undefined;
  #wake: (() => void) | undefined;

  /** `until` is the deadline, in milliseconds of `performance.now`. */
  constructor(request: IncomingMessage, until = Number.POSITIVE_INFINITY) {
    this.#request = request;
    this.#until = until;
    request.on("data", this.#onData);
    request.on("end", this.#onEnd);
    // Never removed, since an unhandled error would end the process.
    request.on("error", this.#onError);
    request.on("close", this.#onClose);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<Uint8Array, undefined>> {
    for (;;) {
      const value = this.#chunks.shift();
      if (value !== undefined) {
        this.#bytes -= value.length;
        return { done: false, value };
      }
      if (this.#end?.error !== undefined) throw this.#end.error;
      if (this.#end !== undefined) return { done: true, value: undefined };
      if (this.#request.isPaused()) this.#request.resume();
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  return(): Promise<IteratorResult<Uint8Array, undefined>> {
    this.#request.off("data", this.#onData);
    this.#request.pause();
    this.#chunks = [];
    this.#finish({});
    return Promise.resolve({ done: true, value: undefined });
  }

  readonly #onData = (chunk: Uint8Array): void => {
    if (performance.now() >= this.#until) {
      this.#finish({
        error: new Refusal(408, "BLOB_UPLOAD_INVALID", "the request body arrived too slowly"),
      });
      return;
    }
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    if (this.#bytes >= mostWaiting) this.#request.pause();
    this.#wake?.();
  };

  readonly #onEnd = (): void => this.#finish({});

  readonly #onError = (error: Error): void => this.#finish({ error });

  readonly #onClose = (): void => {
    // It is always emitted, and creating an error costs more than all the rest.
    if (this.#end === undefined) this.#finish({ error: new Error("the connection was closed") });
  };

  #finish(end: { readonly error?: Error }): void {
    this.#end ??= end;
    this.#wake?.();
  }
}
