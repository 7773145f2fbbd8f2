import { Readable } from "node:stream";
import type { PushedContent } from "./content.ts";
import type { Pour, RequestBody } from "../transport/connection/http.ts";

/**
 * A blob's content in consecutive pieces, from a single read. Only a piece that is requested again,
 * or out of order, opens the content again and skips to its start.
 */
export class Pieces {
  readonly #content: PushedContent;
  #reader: Reader | undefined;

  constructor(content: PushedContent) {
    this.#content = content;
  }

  /** The bytes from `start` up to, but not including, `end`. */
  body(start: number, end: number): RequestBody {
    const open = async (): Promise<Readable | Pour> => {
      const reader = await this.#readerAt(start);
      if (typeof reader === "function") {
        return (write, signal) => reader(write, signal, { start, end });
      }
      return Readable.from(this.#bytes(reader, end), { objectMode: false });
    };
    return { size: end - start, open };
  }

  /** Closes the content. */
  close(): void {
    const { source } = this.#reader ?? {};
    this.#reader = undefined;
    source?.destroy();
  }

  /** Content that can start anywhere does that itself. */
  async #readerAt(start: number): Promise<Reader | Pour> {
    if (this.#reader?.busy === false && this.#reader.position === start) return this.#reader;
    this.close();
    const whole = await this.#content.whole();
    const source = "bytes" in whole ? Readable.from([whole.bytes]) : await whole.open();
    if (typeof source === "function") return source;
    source.on("error", () => undefined);
    const reader = { source, chunks: chunksOf(source), rest: empty, position: 0, busy: false };
    this.#reader = reader;
    const before = this.#bytes(reader, start);
    while ((await before.next()).done !== true);
    return reader;
  }

  async *#bytes(reader: Reader, end: number): AsyncGenerator<Uint8Array> {
    reader.busy = true;
    const { size } = this.#content.descriptor;
    while (reader.position < end) {
      if (reader.rest.length === 0) {
        const next = await reader.chunks.next();
        if (next.done === true) return;
        reader.rest = next.value;
      }
      const piece = reader.rest.subarray(0, end - reader.position);
      reader.rest = reader.rest.subarray(piece.length);
      reader.position += piece.length;
      yield piece;
    }
    // The content checks its own size at its end.
    if (end === size) await reader.chunks.next();
    reader.busy = false;
  }
}

interface Reader {
  readonly source: Readable;
  readonly chunks: AsyncIterator<Uint8Array>;
  /** Read, but not handed out yet. */
  rest: Uint8Array;
  position: number;
  /** A piece is being handed out: if that broke, the position is unknown. */
  busy: boolean;
}

const empty = new Uint8Array();

function chunksOf(source: AsyncIterable<Uint8Array>): AsyncIterator<Uint8Array> {
  return source[Symbol.asyncIterator]();
}
