import { isNoSpace, Refusal } from "../../http/refusal.ts";
import type { Folders } from "../../root/folders.ts";
import type { Segment } from "./segment.ts";
import { type Apply, type Entry, unitOf, type WaitingUnit } from "./entries.ts";
import type { Place } from "./read-segments.ts";
import { Segments, type SegmentsOptions } from "./segments.ts";

export interface JournalOptions extends SegmentsOptions {
  /**
   * Called if there is no space for an entry that frees space. If it returns true, there may be
   * some now, and the write is tried once more.
   */
  readonly onFull?: (() => boolean) | undefined;
}

/**
 * How many writes may run at once. With two, half of the callers wait for one write and half for
 * the other, instead of all for both.
 */
const mostWrites = 2;
/** Waiting appends share a write of up to this many bytes. */
const mostBatchBytes = 8 << 20;

/**
 * The log of all changes to a store. Appends that arrive during a write share the next one. A
 * change is applied when it is durable, in the order of the journal.
 */
export class Journal {
  readonly #files: Segments;
  readonly #apply: Apply;
  readonly #onFull: () => boolean;
  #waiting: WaitingUnit[] = [];
  #isStarting = false;
  /** The number of running writes, and the last of them. */
  #writes = 0;
  #lastWrite: Promise<void> = Promise.resolve();
  #idlers: (() => void)[] = [];
  #quiet = 0;
  #held: Promise<void> | undefined;
  #release: () => void = () => undefined;
  /** Why nothing is accepted any more. */
  #closed: Refusal | undefined;

  constructor(folder: string, folders: Folders, apply: Apply, options: JournalOptions = {}) {
    this.#files = new Segments(folder, folders, options);
    this.#apply = apply;
    this.#onFull = options.onFull ?? (() => false);
    if (options.readOnly === true) {
      this.#closed = new Refusal(405, "UNSUPPORTED", "the registry is read-only");
    }
  }

  /**
   * Reads what is stored, and applies it. Throws a usage error if it is damaged or incomplete.
   * Returns the segment files that do not belong to the journal; they are left in place.
   */
  open(): Promise<readonly string[]> {
    return this.#files.open(this.#apply);
  }

  /**
   * Creates the first segment, so that a journal without segments is one that somebody moved away.
   */
  begin(): Promise<void> {
    return this.#files.begin();
  }

  /** The maximum size of a segment, except for a single larger write. */
  get segmentBytes(): number {
    return this.#files.segmentBytes;
  }

  /** All segments in order; the last is the one that is written to. */
  get segments(): readonly Segment[] {
    return this.#files.all;
  }

  /** Whether it is the one that is written to. */
  isActive(segment: Segment): boolean {
    return segment === this.#files.active;
  }

  /** Called when a segment is full and the next one begins. */
  set onNewSegment(act: () => void) {
    this.#files.onNewSegment = act;
  }

  /** Set while nobody may append: await it, and check again. */
  get held(): Promise<void> | undefined {
    return this.#held;
  }

  /**
   * Resolves when all the entries are durable and applied: all of them, or none. Entries that free
   * space are also written on a full disk, as far as `onFull` makes room.
   */
  append(entries: readonly Entry[], { frees = false } = {}): Promise<void> {
    const refusal = this.#files.broken ?? this.#closed;
    if (refusal !== undefined) return Promise.reject(refusal);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ ...unitOf(entries, this.#apply), frees, resolve, failed: reject });
      this.#startSoon();
    });
  }

  /**
   * Runs work while no write is pending and nobody else may append. What it appends comes before
   * everything from others; its promise is returned.
   */
  async quiet<T>(work: () => { readonly value: T; readonly done: Promise<void> }): Promise<T> {
    this.#quiet += 1;
    this.#held ??= new Promise((resolve) => (this.#release = resolve));
    let result: { readonly value: T; readonly done: Promise<void> };
    try {
      // Checked again in the same step in which the work runs: another waiting caller may have been
      // first.
      while (this.#isBusy) await this.#idle();
      result = work();
    } finally {
      this.#quiet -= 1;
      if (this.#quiet === 0) {
        this.#held = undefined;
        this.#release();
      }
    }
    await result.done;
    return result.value;
  }

  /** A content's bytes. */
  read(place: Place, size: number): Buffer {
    return this.#files.read(place, size);
  }

  /** Begins a new segment. */
  seal(): Promise<void> {
    this.#files.isSealed = true;
    return this.append([], { frees: true }).catch((error: unknown) => {
      // There is no room for another one, so this one continues.
      this.#files.isSealed = false;
      throw error;
    });
  }

  /** Deletes a segment that has nothing of use any more. */
  async drop(number: number): Promise<void> {
    const segment = this.#files.take(number);
    if (segment === undefined) return;
    try {
      await this.#sayDropped(segment);
    } catch (error) {
      this.#files.putBack(segment);
      throw error;
    }
    await this.#files.remove(segment);
  }

  /** Waits for running writes, and accepts nothing more. */
  async close(): Promise<void> {
    this.#closed ??= new Refusal(503, "UNKNOWN", "the registry is shutting down");
    while (this.#isBusy) await this.#idle();
    await this.#files.close();
  }

  /** Otherwise the next start would report it as missing. */
  async #sayDropped(segment: Segment): Promise<void> {
    const { number, head } = segment;
    const change = { kind: "dropped", segment: number, salt: head.salt } as const;
    const say = (): Promise<void> => this.append([{ change }], { frees: true });
    await say().catch(async (error: unknown) => {
      if (!isNoSpace(error)) throw error;
      // Not even that fits.
      await this.#files.empty(segment);
      await say();
    });
  }

  get #isBusy(): boolean {
    return this.#isStarting || this.#writes > 0 || this.#waiting.length > 0;
  }

  /** Resolves when no write is running, or none was a moment ago. */
  #idle(): Promise<void> {
    return new Promise((resolve) => this.#idlers.push(resolve));
  }

  #startSoon(): void {
    if (this.#isStarting || this.#writes >= mostWrites) return;
    this.#isStarting = true;
    // Requests that arrived together are processed one after the other: let all of them append
    // first.
    setImmediate(() => void this.#start());
  }

  async #start(): Promise<void> {
    while (this.#waiting.length > 0 && this.#writes < mostWrites) {
      const batch = this.#takeBatch();
      try {
        await this.#write(batch);
      } catch (error) {
        await this.#retry(batch, error);
      }
    }
    this.#isStarting = false;
    this.#wakeIdlers();
  }

  /** On a full disk, writes those of the failed entries that free space. */
  async #retry(batch: readonly WaitingUnit[], reason: unknown): Promise<void> {
    const freeing = isNoSpace(reason) ? batch.filter(({ frees }) => frees) : [];
    const retried = freeing.length > 0 && this.#onFull() ? freeing : [];
    for (const unit of batch) if (!retried.includes(unit)) unit.failed(reason);
    if (retried.length === 0) return;
    try {
      await this.#write(retried);
    } catch (error) {
      for (const unit of retried) unit.failed(error);
    }
  }

  #wakeIdlers(): void {
    if (!this.#isBusy) for (const wake of this.#idlers.splice(0)) wake();
  }

  #takeBatch(): WaitingUnit[] {
    let bytes = 0;
    let count = 0;
    for (const unit of this.#waiting) {
      if (count > 0 && bytes + unit.bytes > mostBatchBytes) break;
      bytes += unit.bytes;
      count += 1;
    }
    return this.#waiting.splice(0, count);
  }

  /** Resolves when the write has started. */
  async #write(batch: readonly WaitingUnit[]): Promise<void> {
    if (this.#files.broken !== undefined) throw this.#files.broken;
    const bytes = batch.reduce((sum, unit) => sum + unit.bytes, 0);
    const segment = await this.#files.forBytes(bytes, () => this.#lastWrite);
    const payload = batch.flatMap((unit) => unit.pieces);
    const start = await this.#files.write(segment, payload);
    this.#writes += 1;
    this.#lastWrite = this.#finish(batch, segment, start, this.#lastWrite);
  }

  /**
   * When it and everything before it is durable, it is applied, and waiting callers are notified.
   */
  async #finish(
    batch: readonly WaitingUnit[],
    segment: Segment,
    start: number,
    before: Promise<void>,
  ): Promise<void> {
    try {
      await Promise.all([this.#files.makeDurable(segment), before]);
      if (this.#files.broken !== undefined) throw this.#files.broken;
      this.#files.requireOwner();
      let at = start;
      for (const unit of batch) {
        unit.applied({ segment: segment.number, start: at });
        unit.resolve();
        at += unit.bytes;
      }
      segment.size = at;
    } catch (error) {
      for (const unit of batch) unit.failed(error);
    }
    this.#writes -= 1;
    if (this.#waiting.length > 0) this.#startSoon();
    this.#wakeIdlers();
  }
}
