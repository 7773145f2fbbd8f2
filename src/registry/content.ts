import { Readable } from "node:stream";
import { IntegrityError } from "../errors.ts";
import type { Descriptor } from "../oci/manifest.ts";
import { formatRepository, type Repository } from "../oci/reference.ts";
import type { RequestBody } from "./http.ts";

export type BlobContent = Readable | Uint8Array;
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
    if (!(content instanceof Readable)) {
      this.#check(content.length);
      return { bytes: content };
    }
    // A connection that turns out to be closed asks for it a second time.
    let first: BlobContent | undefined = content;
    const open = async (): Promise<Readable> => {
      const opened = first ?? (await this.#opened());
      first = undefined;
      return this.#part(opened, 0, size);
    };
    return { size, open };
  }

  /** The bytes from `start` to before `end`. */
  part(start: number, end: number): RequestBody {
    const open = async (): Promise<Readable> => this.#part(await this.#opened(), start, end);
    return { size: end - start, open };
  }

  async #opened(): Promise<BlobContent> {
    try {
      return await this.#open();
    } catch (error) {
      this.#failed = true;
      throw error;
    }
  }

  #part(content: BlobContent, start: number, end: number): Readable {
    const source =
      content instanceof Readable ? content : Readable.from([content], { objectMode: false });
    return Readable.from(this.#bytes(source, start, end), { objectMode: false });
  }

  async *#bytes(source: Readable, start: number, end: number): AsyncGenerator<Uint8Array> {
    const { size } = this.descriptor;
    let position = 0;
    let reading = true;
    // One that is given up in its middle may still say so, and nobody listens any more.
    source.on("error", () => undefined);
    try {
      for await (const chunk of source as AsyncIterable<Uint8Array>) {
        const from = Math.max(0, start - position);
        const wanted = chunk.subarray(from, Math.max(from, end - position));
        position += chunk.length;
        if (end === size && position > end) break;
        reading = false;
        if (wanted.length > 0) yield wanted;
        reading = true;
        if (end < size && position >= end) return;
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
