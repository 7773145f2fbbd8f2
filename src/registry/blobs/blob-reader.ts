import { count } from "../../count.ts";
import { IntegrityError, RegistryError } from "../../errors.ts";
import { type Hasher, hasherFor } from "../../oci/digest.ts";
import type { Descriptor } from "../../oci/manifest.ts";
import { formatRepository, type Repository } from "../../oci/reference.ts";
import { isBroken, unreachable } from "../transport/failure.ts";
import type { Write } from "../transport/connection/http.ts";
import { redactUrl } from "../transport/address.ts";
import { TooSlowError } from "../transport/pace/limits.ts";
import { Tries } from "../transport/pace/retry.ts";
import { RingSocket } from "../transport/connection/ring-socket.ts";
import { pullScope } from "../auth/auth.ts";
import type { Answer, Transport } from "../transport/transport.ts";

/** How often to save the state of the hash, in bytes, and how many states to keep. */
const markBytes = 16 << 20;
const maxMarks = 256;

export interface BlobReaderOptions {
  readonly signal?: AbortSignal | undefined;
  /** Pass on reused buffers: a write must be finished with its buffer when it resolves. */
  readonly ring?: boolean;
  /** How many reads have failed before. */
  readonly failed?: number;
}

interface Mark {
  readonly position: number;
  readonly hash: Hasher;
}

/**
 * Reads a blob in order to pass it on, for copies of any size: through reused buffers, hashed on
 * the way. The last bytes are passed on only if size and digest match the descriptor. A broken
 * connection is resumed where it broke, and a part that is needed again is read from a point
 * shortly before it.
 */
export class BlobReader {
  readonly #transport: Transport;
  readonly #repository: Repository;
  readonly #descriptor: Descriptor;
  readonly #options: BlobReaderOptions;
  readonly #marks: Mark[] = [];
  #hash: Hasher;
  #position = 0;
  /** An answer whose body has not been read yet. */
  #answer: Answer | undefined;

  constructor(
    transport: Transport,
    repository: Repository,
    descriptor: Descriptor,
    options: BlobReaderOptions = {},
  ) {
    this.#transport = transport;
    this.#repository = repository;
    this.#descriptor = descriptor;
    this.#options = options;
    this.#hash = hasherFor(descriptor.digest);
  }

  /** Requests the blob, unless that was done. Throws if the registry does not have it. */
  async open(): Promise<void> {
    this.#answer = await this.#opened();
  }

  /** Closes any open answer. */
  close(): void {
    this.#answer?.message.destroy();
    this.#answer = undefined;
  }

  /**
   * Passes on the bytes from `start` up to, but not including, `end`. Rejects with an integrity
   * error, a registry error, or the signal's reason.
   */
  async pour(start: number, end: number, write: Write, signal: AbortSignal): Promise<void> {
    if (start !== this.#position) this.#goBack(start);
    if (this.#descriptor.size === 0) this.#take(new Uint8Array(), 0, 0);
    const tries = new Tries(this.#options.failed);
    while (this.#position < end) {
      const began = this.#position;
      const answer = await this.#opened();
      const { message } = answer;
      const stop = (): void => void message.destroy();
      signal.addEventListener("abort", stop, { once: true });
      try {
        signal.throwIfAborted();
        await this.#read(answer, start, end, write);
      } catch (error) {
        signal.throwIfAborted();
        this.#transport.throwIfStopped(this.#options.signal);
        if (error instanceof IntegrityError) throw error;
        const failure = unreachable({ method: "GET", url: answer.url }, error);
        const next = tries.next(this.#position - began, error instanceof TooSlowError);
        if (!isBroken(error) || next === undefined) throw failure;
        await this.#transport.pause(next, signal);
      } finally {
        signal.removeEventListener("abort", stop);
        message.destroy();
      }
    }
  }

  async #opened(): Promise<Answer> {
    const kept = this.#answer;
    this.#answer = undefined;
    if (kept?.message.destroyed === false) return kept;
    return getBlob(
      this.#transport,
      this.#repository,
      this.#descriptor,
      this.#position,
      this.#options,
    );
  }

  /** Reads one answer, as far as it is needed or lasts. */
  async #read(answer: Answer, start: number, end: number, write: Write): Promise<void> {
    const { message } = answer;
    const { size } = this.#descriptor;
    // Skip what an answer without range support sends again.
    let skip = answer.status === 206 ? 0 : this.#position;
    const take = (chunk: Uint8Array): Uint8Array => {
      const rest = chunk.subarray(Math.min(skip, chunk.length));
      skip -= chunk.length - rest.length;
      return this.#take(rest, start, end);
    };
    const length = Number(answer.header("content-length"));
    const { socket } = message;
    if (socket instanceof RingSocket && Number.isSafeInteger(length) && !message.complete) {
      // One byte too many is enough to detect wrong content.
      const wanted = skip + (end < size ? end : size + 1) - this.#position;
      const sink = (chunk: Uint8Array, release: () => void): void => {
        const taken = take(chunk);
        if (taken.length > 0) void write(taken).then(release, () => undefined);
        else release();
      };
      await socket.pour(message, Math.min(length, wanted), sink);
    } else {
      const chunks: AsyncIterable<Uint8Array> = message;
      for await (const chunk of chunks) {
        const taken = take(chunk);
        if (taken.length > 0) await write(taken);
        if (end < size && this.#position >= end) return;
      }
    }
    if (this.#position < end) {
      throw Object.assign(new Error("the response ended early"), { code: "ECONNRESET" });
    }
  }

  /** Counts and hashes a chunk. Returns the part to pass on. */
  #take(chunk: Uint8Array, start: number, end: number): Uint8Array {
    const { digest, size } = this.#descriptor;
    const next = end < size ? chunk.subarray(0, end - this.#position) : chunk;
    const from = this.#position;
    this.#hash.update(next);
    this.#position += next.length;
    const position = this.#position;
    if (position > size) throw this.#wrong(`more than ${count(size, "byte")}`);
    // The last bytes wait for the check, so complete content is always verified.
    if (position === size) {
      const actual = this.#hash.copy().digest();
      if (actual !== digest) throw this.#wrong(actual);
    }
    const last = this.#marks.at(-1)?.position ?? 0;
    if (position - last >= markBytes) {
      if (this.#marks.length >= maxMarks) this.#marks.shift();
      this.#marks.push({ position, hash: this.#hash.copy() });
    }
    return next.subarray(Math.min(next.length, Math.max(0, start - from)));
  }

  /** Goes back to the last saved state of the hash at or before `start`. */
  #goBack(start: number): void {
    this.close();
    while ((this.#marks.at(-1)?.position ?? 0) > start) this.#marks.pop();
    const mark = this.#marks.at(-1);
    this.#position = mark?.position ?? 0;
    this.#hash = mark?.hash.copy() ?? hasherFor(this.#descriptor.digest);
  }

  #wrong(actual: string): IntegrityError {
    return wrong(this.#repository, this.#descriptor, actual, this.#position);
  }
}

/**
 * The answer with a blob from an offset, or from its start if the registry does not support ranges.
 */
export async function getBlob(
  transport: Transport,
  repository: Repository,
  descriptor: Descriptor,
  offset: number,
  { signal, ring }: BlobReaderOptions = {},
): Promise<Answer> {
  const answer = await transport.send({
    method: "GET",
    repository,
    scopes: [pullScope(repository)],
    target: `${repository.path}/blobs/${descriptor.digest}`,
    ...(offset > 0 ? { headers: { range: `bytes=${offset}-` } } : {}),
    accept: offset > 0 ? [200, 206] : [200],
    signal,
    ring,
    content: {},
  });
  const encoding = answer.header("content-encoding");
  if (encoding !== undefined && encoding !== "identity") {
    answer.message.destroy();
    throw new RegistryError({
      method: "GET",
      url: redactUrl(answer.url),
      status: answer.status,
      reason: `the content is ${encoding}-encoded, which was not requested`,
      hint: "turn off compression in the proxy in front of the registry",
    });
  }
  return answer;
}

/** The error for bytes that do not match the descriptor. */
export function wrong(
  repository: Repository,
  descriptor: Descriptor,
  actual: string,
  bytes: number,
): IntegrityError {
  return new IntegrityError({
    subject: `blob in ${formatRepository(repository)}`,
    expected:
      bytes > descriptor.size
        ? `${descriptor.digest} of ${count(descriptor.size, "byte")}`
        : descriptor.digest,
    actual,
    bytes,
    hint: "check the registry and any proxy in between: one of them changed the content, which was discarded",
  });
}
