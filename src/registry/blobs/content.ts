import { Readable } from "node:stream";
import { IntegrityError } from "../../errors.ts";
import type { Descriptor } from "../../oci/manifest.ts";
import { formatRepository, type Repository } from "../../oci/reference.ts";
import type { Pour, RequestBody, Write } from "../transport/connection/http.ts";

export type BlobContent = Readable | Uint8Array | PouredContent;

/** Content that is handed on in parts, from anywhere, by itself: a `BlobReader`. */
export interface PouredContent {
  pour(start: number, end: number, write: Write, signal: AbortSignal): Promise<void>;
}

/** Gives the blob's content from its start, each time that it is called. */
export type OpenContent = () => BlobContent | Promise<BlobContent>;

/** A blob to be pushed: its content, opened as often as it must be sent, and no byte more or less. */
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

  /** Whether reading the content failed: that is no fault of the registry that it is pushed to. */
  get failed(): boolean {
    return this.#failed;
  }

  /** All of it. */
  async whole(): Promise<RequestBody> {
    const content = await this.#opened();
    const { size } = this.descriptor;
    if (content instanceof Uint8Array) {
      this.#check(content.length);
      return { bytes: content };
    }
    // Where the upload is redirected, it is asked for a second time.
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
        // What comes of a connection that broke is not the content's fault.
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
    // One that is given up in its middle may still say so, and nobody listens any more.
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
      // What is thrown at the yield comes from the connection that it is sent on.
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
      expected: `${size} bytes`,
      actual: bytes > size ? "more" : `${bytes} bytes`,
      bytes,
    });
  }
}
