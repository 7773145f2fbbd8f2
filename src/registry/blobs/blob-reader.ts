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

/** How often the state of the hash is kept, to go on from there, and how many of them. Bytes. */
const markBytes = 16 << 20;
const maxMarks = 256;

export interface BlobReaderOptions {
  readonly signal?: AbortSignal | undefined;
  /** Hand it on in buffers that are used again: what is written must be done with them. */
  readonly ring?: boolean;
  /** How often reading it failed before. */
  readonly failed?: number;
}

interface Mark {
  readonly position: number;
  readonly hash: Hasher;
}

/**
 * Reads a blob to hand it on, for copies of any size: through buffers that are used again, hashed
 * on its way. The last bytes are handed on only where the size and the digest are those of the
 * descriptor. A connection that breaks is picked up where it broke, and what must be handed on
 * once more is read from not long before.
 */
export class BlobReader {
  readonly #transport: Transport;
  readonly #repository: Repository;
  readonly #descriptor: Descriptor;
  readonly #options: BlobReaderOptions;
  readonly #marks: Mark[] = [];
  #hash: Hasher;
  #position = 0;
  /** An answer whose body nobody has read from. */
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

  /** Asks for the blob, where that was not done. Throws where the registry has none. */
  async open(): Promise<void> {
    this.#answer = await this.#opened();
  }

  /** Drops what is still open. */
  close(): void {
    this.#answer?.message.destroy();
    this.#answer = undefined;
  }

  /**
   * Hands on the bytes from `start` to before `end`. Rejects with an integrity error, a registry
   * error, or with the signal's reason.
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

  /** One answer, as far as it is wanted and as it goes. */
  async #read(answer: Answer, start: number, end: number, write: Write): Promise<void> {
    const { message } = answer;
    const { size } = this.#descriptor;
    // What an answer to a range has before the place where we were is skipped.
    let skip = answer.status === 206 ? 0 : this.#position;
    const take = (chunk: Uint8Array): Uint8Array => {
      const rest = chunk.subarray(Math.min(skip, chunk.length));
      skip -= chunk.length - rest.length;
      return this.#take(rest, start, end);
    };
    const length = Number(answer.header("content-length"));
    const { socket } = message;
    if (socket instanceof RingSocket && Number.isSafeInteger(length) && !message.complete) {
      // One byte more than there should be is enough to know.
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
      throw Object.assign(new Error("the answer ended early"), { code: "ECONNRESET" });
    }
  }

  /** Counts and hashes what came next. Gives what of it is to be handed on. */
  #take(chunk: Uint8Array, start: number, end: number): Uint8Array {
    const { digest, size } = this.#descriptor;
    const next = end < size ? chunk.subarray(0, end - this.#position) : chunk;
    const from = this.#position;
    this.#hash.update(next);
    this.#position += next.length;
    const position = this.#position;
    if (position > size) throw this.#wrong(`more than ${size} bytes`);
    // The last bytes wait for the check: whoever gets all of it has got the truth.
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

  /** To the last place at or before `start` where the state of the hash is known. */
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

/** The answer with a blob from an offset on; or from its start, where the registry knows no ranges. */
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
      reason: `the content comes ${encoding}-encoded, which was not asked for`,
      hint: "a proxy before the registry compresses what must stay as it is: switch that off",
    });
  }
  return answer;
}

/** Other bytes than the descriptor promises. */
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
        ? `${descriptor.digest} of ${descriptor.size} bytes`
        : descriptor.digest,
    actual,
    bytes,
    hint: "the registry, or something between it and us, gave other bytes than were pushed: nothing of them was used",
  });
}
