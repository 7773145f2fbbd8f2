import type { Digest } from "../../oci/digest.ts";
import type { Content } from "./index/index-entries.ts";
import type { Journal } from "./journal/journal.ts";

/** How many bytes of contents are cached, and the largest one that is. */
const defaultBudget = 32 << 20;
const largest = 256 << 10;
/** The cost of an entry in addition to its bytes. */
const overhead = 256;

/** Contents that were read from the journal; the least recently used is dropped first. */
export class ContentCache {
  readonly #journal: Journal;
  readonly #budget: number;
  readonly #entries = new Map<Digest, Uint8Array>();
  #bytes = 0;

  constructor(journal: Journal, budget: number = defaultBudget) {
    this.#journal = journal;
    this.#budget = budget;
  }

  read({ digest, segment, offset, size }: Content): Uint8Array {
    const known = this.#entries.get(digest);
    if (known !== undefined) {
      this.#entries.delete(digest);
      this.#entries.set(digest, known);
      return known;
    }
    const bytes = this.#journal.read({ segment, offset }, size);
    this.#keep(digest, bytes);
    return bytes;
  }

  /** A part of a content; a large content is not read completely for it. */
  readPart(content: Content, start: number, length: number): Uint8Array {
    if (content.size <= largest) return this.read(content).subarray(start, start + length);
    const { segment, offset } = content;
    return this.#journal.read({ segment, offset: offset + start }, length);
  }

  delete(digest: Digest): void {
    const bytes = this.#entries.get(digest);
    if (bytes === undefined) return;
    this.#entries.delete(digest);
    this.#bytes -= bytes.length + overhead;
  }

  #keep(digest: Digest, bytes: Uint8Array): void {
    if (bytes.length > largest) return;
    this.#entries.set(digest, bytes);
    this.#bytes += bytes.length + overhead;
    for (const oldest of this.#entries.keys()) {
      if (this.#bytes <= this.#budget) break;
      this.delete(oldest);
    }
  }
}
