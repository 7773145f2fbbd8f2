import { count } from "../../count.ts";
import { Readable } from "node:stream";
import { IntegrityError } from "../../errors.ts";
import type { Descriptor } from "../../oci/manifest.ts";
import { formatRepository, type Repository } from "../../oci/reference.ts";
import type { Pour, RequestBody, Write } from "../transport/connection/http.ts";

export type BlobContent = Readable | Uint8Array | PouredContent;

/** Content that can be passed on in parts, from any position: a `BlobReader`. */
export interface PouredContent {
  pour(start: number, end: number, write: Write, signal: AbortSignal): Promise<void>;
}

/** Returns the blob's content from its start, each time it is called. */
export type OpenContent = () => BlobContent | Promise<BlobContent>;

/**
 * The content of a blob to push. It is opened again for each try, and must have exactly the
 * expected size.
 */
export class PushedContent {
  readonly descriptor: Descriptor;
  readonly #repository: Repository;
  readonly #open: OpenContent;
  #failed = false;

  constructor(repository: Repository, descriptor: Descriptor, open: OpenContent) {
    this.#repository = repository;
    this.descriptor = descriptor;
    this.#open = open;
  }

  /** Whether reading the content failed: the target registry is not to blame for that. */
  get failed(): boolean {
    return this.#failed;
  }

  /** The whole content. */
  async whole(): Promise<RequestBody> {
    const content = await this.#opened();
    const { size } = this.descriptor;
    if (content instanceof Uint8Array) {
      this.#check(content.length);
      return { bytes: content };
    }
    // If the upload is redirected, the content is requested again.
    let first: BlobContent | undefined = content;
    const open = async (): Promise<Readable | Pour> => {
      const opened = first ?? (await this.#opened());
      first = undefined;
      if (opened instanceof Readable) return this.#stream(opened);
      if (opened instanceof Uint8Array) return Readable.from([opened], { objectMode: false });
      return this.#pour(opened);
    };
    return { size, open };
  }

  #pour(content: PouredContent): Pour {
    return async (write, signal, { start, end } = { start: 0, end: this.descriptor.size }) => {
      try {
        await content.pour(start, end, write, signal);
      } catch (error) {
        // A broken connection is not the content's fault.
        if (!signal.aborted) this.#failed = true;
        throw error;
      }
    };
  }

  async #opened(): Promise<BlobContent> {
    try {
      return await this.#open();
    } catch (error) {
      this.#failed = true;
      throw error;
    }
  }

  #stream(source: Readable): Readable {
    return Readable.from(this.#bytes(source), { objectMode: false });
  }

  async *#bytes(source: Readable): AsyncGenerator<Uint8Array> {
    let position = 0;
    let reading = true;
    // An abandoned source may still emit an error, with no listener left.
    source.on("error", () => undefined);
    try {
      for await (const chunk of source as AsyncIterable<Uint8Array>) {
        position += chunk.length;
        if (position > this.descriptor.size) break;
        reading = false;
        if (chunk.length > 0) yield chunk;
        reading = true;
      }
    } catch (error) {
      // Errors thrown at the yield come from the outgoing connection.
      if (reading) this.#failed = true;
      throw error;
    }
    this.#check(position);
  }

  #check(bytes: number): void {
    const { digest, size } = this.descriptor;
    if (bytes === size) return;
    this.#failed = true;
    throw new IntegrityError({
      subject: `blob ${digest} to be pushed to ${formatRepository(this.#repository)}`,
      expected: count(size, "byte"),
      actual: bytes > size ? "more" : count(bytes, "byte"),
      bytes,
    });
  }
}
