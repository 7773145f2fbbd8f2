import type { Digest } from "../../../oci/digest.ts";
import { type Content, contentBytes, flatDigest } from "./index-entries.ts";

/** What is stored, once for all repositories that have it, and where in the journal it is. */
export class Contents {
  /** How many bytes of each segment are still in use. */
  readonly live = new Map<number, number>();
  readonly #stored = new Map<Digest, Content>();
  /** Contents that are needed by an entry that is not yet in the index. */
  readonly #pins = new Map<Digest, number>();
  #onFreed: ((content: Content) => void) | undefined;

  get size(): number {
    return this.#stored.size;
  }

  get(digest: Digest): Content | undefined {
    return this.#stored.get(digest);
  }

  has(digest: Digest): boolean {
    return this.#stored.has(digest);
  }

  values(): MapIterator<Content> {
    return this.#stored.values();
  }

  /** From here on, contents that nobody has are removed; during a replay the order may differ. */
  settle(onFreed: (content: Content) => void): void {
    this.#onFreed = onFreed;
    for (const content of [...this.#stored.values()]) this.release(content);
  }

  /** Keeps a content, stored or about to be, until it is unpinned. */
  pin(digest: Digest): void {
    this.#pins.set(digest, (this.#pins.get(digest) ?? 0) + 1);
  }

  /** False if nothing references it any more. */
  unpin(digest: Digest): boolean {
    const left = (this.#pins.get(digest) ?? 0) - 1;
    if (left > 0) {
      this.#pins.set(digest, left);
      return true;
    }
    this.#pins.delete(digest);
    const content = this.#stored.get(digest);
    if (content !== undefined) this.release(content);
    return this.#stored.has(digest);
  }

  isPinned(digest: Digest): boolean {
    return this.#pins.has(digest);
  }

  /** Notes where a content is: at an offset of a segment, or at -1 in a file of its own. */
  place(digest: Digest, size: number, segment: number, offset: number): void {
    const content = this.of(digest);
    const isInJournal = content.segment > 0 && content.offset >= 0;
    // It may be stored both ways at once: pushed as a manifest and pushed as a blob.
    if (isInJournal && offset < 0) return;
    this.count(content.segment, -contentBytes(content));
    if (content.segment > 0 && content.offset < 0 && offset >= 0) this.#onFreed?.({ ...content });
    content.size = size;
    content.segment = segment;
    content.offset = offset;
    this.count(segment, contentBytes(content));
  }

  /** In a replay, a reference may come before its content: compaction rewrites contents later. */
  of(digest: Digest): Content {
    const known = this.#stored.get(digest);
    if (known !== undefined) return known;
    const content: Content = {
      digest: flatDigest(digest),
      size: 0,
      segment: 0,
      offset: -1,
      references: 0,
    };
    this.#stored.set(content.digest, content);
    return content;
  }

  /** Removes a content that no repository has and nothing pins. */
  release(content: Content): void {
    if (this.#onFreed === undefined || content.references > 0) return;
    if (this.#pins.has(content.digest)) return;
    this.#stored.delete(content.digest);
    this.count(content.segment, -contentBytes(content));
    this.#onFreed(content);
  }

  /** Counts bytes of a segment that are in use, or no longer are. */
  count(segment: number, bytes: number): void {
    if (segment > 0) this.live.set(segment, (this.live.get(segment) ?? 0) + bytes);
  }
}
