import type { IncomingMessage } from "node:http";
import { Refusal } from "./refusal.ts";
import { atTolerableRate, leastBytes, patienceMs } from "./slow-body.ts";

/** Bytes that came and that nobody took yet, before the client is made to wait. */
const mostWaiting = 256 << 10;

/** The body of a request as it comes, at a tolerable rate. Throws a refusal where it dribbles. */
export function readBody(request: IncomingMessage): AsyncIterator<Uint8Array> {
  const length = Number(request.headers["content-length"] ?? Number.NaN);
  // What has no more than is wanted in that time has to be here in that time.
  if (length <= leastBytes) return new BodyChunks(request, performance.now() + patienceMs);
  return atTolerableRate(new BodyChunks(request));
}

/**
 * The chunks of a body, each once it came. Node's own iterator takes longer for a small body than
 * all that is done with it. Leaving early does not end the request: an answer is still to come.
 */
class BodyChunks implements AsyncIterableIterator<Uint8Array, undefined> {
  readonly #request: IncomingMessage;
  readonly #until: number;
  #chunks: Uint8Array[] = [];
  #bytes = 0;
  #end: { readonly error?: Error } | undefined;
  #wake: (() => void) | undefined;

  /** `until` is when it has to be here, in milliseconds of `performance.now`. */
  constructor(request: IncomingMessage, until = Number.POSITIVE_INFINITY) {
    this.#request = request;
    this.#until = until;
    request.on("data", this.#onData);
    request.on("end", this.#onEnd);
    // Stays, since an error that nobody hears would end the process.
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
      this.#finish({ error: new Refusal(408, "BLOB_UPLOAD_INVALID", "the body dribbles") });
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
    // It always comes, and an error takes longer to make than all the rest.
    if (this.#end === undefined) this.#finish({ error: new Error("the connection closed") });
  };

  #finish(end: { readonly error?: Error }): void {
    this.#end ??= end;
    this.#wake?.();
  }
}
