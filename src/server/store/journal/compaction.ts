import { isNoSpace } from "../../http/refusal.ts";
import type { Index } from "../index/stored-index.ts";
import type { Entry } from "./entries.ts";
import type { Journal } from "./journal.ts";
import { type Change, isOfChain, type ReadRecord } from "./records.ts";
import { readRecords, readWhole, type Segment } from "./segment.ts";

/** A segment is rewritten if at least this share of its records is dead, and enough bytes. */
const deadShare = 0.5;
/** How many bytes are checked and rewritten in one step, while others wait. */
const stepBytes = 1 << 20;
const stepRecords = 2_000;

export interface CompactionOptions {
  /** The least dead bytes that are worth it. 1 MiB by default, or a quarter of a small segment. */
  readonly leastDeadBytes?: number | undefined;
  /** Whether the disk has room for a copy of this many bytes; always true by default. */
  readonly hasRoomFor?: ((bytes: number) => boolean) | undefined;
}

/**
 * Copies the live records of mostly dead segments to the journal's end, and deletes those segments,
 * the oldest first. May be killed at any point: a duplicate record does no harm.
 */
export class Compaction {
  readonly #journal: Journal;
  readonly #index: Index;
  readonly #leastDeadBytes: number;
  readonly #hasRoomFor: (bytes: number) => boolean;
  #running: Promise<void> | undefined;
  #stopped = false;

  constructor(journal: Journal, index: Index, options: CompactionOptions = {}) {
    this.#journal = journal;
    this.#index = index;
    this.#leastDeadBytes = options.leastDeadBytes ?? Math.min(1 << 20, journal.segmentBytes / 4);
    this.#hasRoomFor = options.hasRoomFor ?? (() => true);
  }

  /** Runs until nothing more is worth it; calls during a run wait for that run. */
  run(): Promise<void> {
    if (this.#stopped) return Promise.resolve();
    return (this.#running ??= this.#runOnce().finally(() => (this.#running = undefined)));
  }

  /** Resolves when it is not running. */
  async idle(): Promise<void> {
    while (this.#running !== undefined) await this.#running.catch(() => undefined);
  }

  /** Stops it after its current step. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#running?.catch(() => undefined);
  }

  async #runOnce(): Promise<void> {
    const sealing = this.#journal.quiet(() => {
      const last = this.#journal.segments.at(-1);
      const isFull = last !== undefined && last.size > last.head.bytes && this.#isWorthIt(last);
      return { value: undefined, done: isFull ? this.#journal.seal() : Promise.resolve() };
    });
    await sealing.catch((error: unknown) => {
      // The other segments may still free space.
      if (!isNoSpace(error)) throw error;
    });
    let left = this.#journal.segments;
    let before: number;
    do {
      before = left.length;
      left = await this.#cleanAll(left);
      // The space that one segment freed may be what another one needs.
    } while (left.length > 0 && left.length < before);
  }

  /** Returns those for which there was no room on the disk. */
  async #cleanAll(segments: readonly Segment[]): Promise<readonly Segment[]> {
    let failure: unknown;
    let scratch: Buffer | undefined;
    const left: Segment[] = [];
    for (const segment of segments) {
      if (this.#stopped || !this.#isWorthIt(segment) || this.#journal.isActive(segment)) continue;
      // On a full disk, a dead segment can still be deleted. A partial copy would be useless.
      const live = this.#index.contents.live.get(segment.number) ?? 0;
      if (live > 0 && !this.#hasRoomFor(live)) {
        left.push(segment);
        continue;
      }
      scratch ??= Buffer.allocUnsafeSlow(this.#journal.segmentBytes);
      await this.#clean(segment, scratch).catch((error: unknown) => (failure ??= error));
    }
    if (failure instanceof Error) throw failure;
    return left;
  }

  #isWorthIt({ number, size, head }: Segment): boolean {
    // Emptied, but there was no room for the record that drops it.
    if (size === head.bytes) return true;
    // The head names all existing segments: its size says nothing about the records.
    const used = size - head.bytes;
    const dead = used - (this.#index.contents.live.get(number) ?? 0);
    return dead >= this.#leastDeadBytes && dead >= used * deadShare;
  }

  async #clean(segment: Segment, scratch: Buffer): Promise<void> {
    const bytes = await readWhole(segment.path, scratch);
    const records = readRecords(segment, bytes);
    const emptied = new Set<string>();
    let isDone = false;
    while (!isDone) {
      if (this.#stopped) return;
      // In a quiet moment, so that no pending removal comes before the copy of what it removes.
      isDone = await this.#journal.quiet(() => {
        const { entries, value } = this.#step(segment, records, emptied);
        const done =
          entries.length === 0 ? Promise.resolve() : this.#journal.append(entries, { frees: true });
        return { value, done };
      });
    }
    if ((this.#index.contents.live.get(segment.number) ?? 0) > 0) return;
    this.#index.contents.live.delete(segment.number);
    await this.#journal.drop(segment.number);
  }

  #step(
    segment: Segment,
    records: Iterator<ReadRecord>,
    emptied: Set<string>,
  ): { entries: Entry[]; value: boolean } {
    const isOldest = this.#journal.segments[0] === segment;
    const entries: Entry[] = [];
    let bytes = 0;
    for (let seen = 0; seen < stepRecords && bytes < stepBytes; seen++) {
      const next = records.next();
      if (next.done === true) return { entries, value: true };
      const { change } = next.value;
      if ("repository" in change && !emptied.has(change.repository)) {
        if (this.#isEmpty(change.repository)) {
          emptied.add(change.repository);
          entries.push({ change: { kind: "repository", repository: change.repository } });
        }
      }
      if (isOfChain(change) || !this.#holds(segment, change, next.value.offset, isOldest)) continue;
      entries.push({ change, bytes: next.value.content });
      bytes += next.value.content?.length ?? 0;
    }
    return { entries, value: false };
  }

  /** Whether the state depends on the record. */
  #holds({ number }: Segment, change: Change, offset: number, isOldest: boolean): boolean {
    const { contents, repositories } = this.#index;
    switch (change.kind) {
      case "content":
      case "file": {
        const content = contents.get(change.digest);
        const at = change.kind === "file" ? -1 : offset;
        return content?.segment === number && content.offset === at;
      }
      case "blob":
        return repositories.get(change.repository)?.blobs.get(change.digest)?.segment === number;
      case "manifest":
        return (
          repositories.get(change.repository)?.manifests.get(change.digest)?.segment === number
        );
      case "tag": {
        const entry = repositories.get(change.repository)?.tags.get(change.tag);
        return entry?.segment === number && entry.digest === change.digest;
      }
      // A removal is needed as long as an older segment may have what it removes.
      case "unblob":
        return !isOldest && !repositories.get(change.repository)?.blobs.has(change.digest);
      case "unmanifest":
        return !isOldest && !repositories.get(change.repository)?.manifests.has(change.digest);
      case "untag":
        return !isOldest && !repositories.get(change.repository)?.tags.has(change.tag);
      case "repository":
        return false;
    }
  }

  #isEmpty(name: string): boolean {
    const repository = this.#index.repositories.get(name);
    if (repository === undefined) return false;
    const { blobs, manifests, tags } = repository;
    return blobs.size + manifests.size + tags.size === 0;
  }
}
