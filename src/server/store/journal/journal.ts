import { closeSync, fdatasync, fstatSync, ftruncateSync } from "node:fs";
import { rm } from "node:fs/promises";
import { promisify } from "node:util";
import { systemCodeOf } from "../../../errors.ts";
import { isNoSpace, Refusal } from "../../http/refusal.ts";
import type { Folders } from "../../root/folders.ts";
import {
  type Chain,
  hasSalt,
  isUnlinked,
  type Link,
  readChain,
  verifyChain,
  linkBytes,
} from "./chain.ts";
import { encodeFrameHead } from "./frame.ts";
import {
  type AnyChange,
  type Change,
  encodeChange,
  isOfChain,
  type ManifestFacts,
} from "./records.ts";
import {
  copySegment,
  createSegment,
  listSegments,
  readPart,
  removeSegment,
  replaySegment,
  type Segment,
  segmentPath,
  writeAll,
} from "./segment.ts";

/** A change on its way into the journal. */
export interface Entry {
  readonly change: AnyChange;
  /** The bytes of a content. */
  readonly bytes?: Uint8Array | undefined;
  /** What a manifest says. */
  readonly facts?: ManifestFacts | undefined;
}

/** Takes a change over that is durable. */
export type Apply = (change: Change, place: Place, facts?: ManifestFacts) => void;

/** Where a record is: its segment, and where in it the content begins. */
export interface Place {
  readonly segment: number;
  readonly offset: number;
}

export interface JournalOptions {
  /** A segment has at most this many bytes, or one write. 32 MiB by default. */
  readonly segmentBytes?: number | undefined;
  /** Reads what is stored and takes nothing; the disk is not changed. */
  readonly readOnly?: boolean | undefined;
  /** Asked around each write whether this process still has the root; always, by default. */
  readonly isOwner?: (() => boolean) | undefined;
  /**
   * Somebody may still have the last segment open who lost the root. It is replaced by a copy, so
   * that nothing that they write is ever read.
   */
  readonly replacesLast?: boolean | undefined;
  /**
   * Called if there is no space for what frees space. True: there may be some now, and the write
   * is tried once more.
   */
  readonly onFull?: (() => boolean) | undefined;
  /** What makes a file's content durable. */
  readonly sync?: ((file: number) => Promise<void>) | undefined;
}

interface Unit {
  readonly pieces: readonly Uint8Array[];
  readonly bytes: number;
  /** Whether it leads to more free space than it takes. */
  readonly frees: boolean;
  /** Called once it is durable, before anyone is told. */
  readonly applied: (place: { segment: number; start: number }) => void;
  readonly failed: (error: unknown) => void;
}

const defaultSegmentBytes = 32 << 20;
/**
 * Space is written before it is used: where a write changes nothing of the file but its content,
 * making it durable takes half the time, and does not wait for what others do to the file system.
 */
const reservedBytes = 512 << 10;
const zeros = Buffer.alloc(reservedBytes);
/**
 * Writes that may be on their way at once: half of those who come at all times wait for one,
 * and the other half for the other, where otherwise they would wait for both.
 */
const mostWrites = 2;
/** Those who wait share a write up to this many bytes. */
const mostBatchBytes = 8 << 20;

/**
 * The log of all changes to a store. Those who append while a write is on its way to the disk
 * share the next one. A change is applied once it is durable, in the order of the journal.
 */
export class Journal {
  readonly #folder: string;
  readonly #folders: Folders;
  readonly #apply: Apply;
  /** What a segment has at most, but for a single write that is larger. */
  readonly segmentBytes: number;
  readonly #sync: (file: number) => Promise<void>;
  readonly #readOnly: boolean;
  readonly #isOwner: () => boolean;
  readonly #replacesLast: boolean;
  readonly #onFull: () => boolean;
  readonly #segments = new Map<number, Segment>();
  #active: Segment | undefined;
  #isSealed = false;
  /** Since it was opened. */
  #wasWritten = false;
  #nextNumber = 1;
  #waiting: Unit[] = [];
  #isStarting = false;
  /** How many writes are on their way, and the last of them. */
  #writes = 0;
  #lastWrite: Promise<void> = Promise.resolve();
  #idlers: (() => void)[] = [];
  #quiet = 0;
  #held: Promise<void> | undefined;
  #release: () => void = () => undefined;
  /** Why nothing is taken any more. */
  #closed: Refusal | undefined;
  #broken: Refusal | undefined;
  /** Called when a segment is full and the next one begins. */
  onNewSegment: () => void = () => undefined;

  constructor(folder: string, folders: Folders, apply: Apply, options: JournalOptions = {}) {
    this.#folder = folder;
    this.#folders = folders;
    this.#apply = apply;
    this.segmentBytes = options.segmentBytes ?? defaultSegmentBytes;
    this.#sync = options.sync ?? promisify(fdatasync);
    this.#readOnly = options.readOnly ?? false;
    this.#isOwner = options.isOwner ?? (() => true);
    this.#replacesLast = options.replacesLast ?? false;
    this.#onFull = options.onFull ?? (() => false);
    if (this.#readOnly) this.#closed = new Refusal(405, "UNSUPPORTED", "the registry is read-only");
  }

  /**
   * Reads what is stored, and applies it. Throws a usage error if it is damaged or incomplete.
   * Gives the files of segments that are not the journal's; they are left where they are.
   */
  async open(): Promise<readonly string[]> {
    if (!this.#readOnly) await this.#folders.ensure(this.#folder);
    const numbers = await listSegments(this.#folder);
    const scratch = Buffer.allocUnsafeSlow(numbers.length > 0 ? this.segmentBytes : 0);
    const chain = await readChain(this.#folder, numbers, scratch);
    const [strays, leftOver]: [string[], string[]] = [[], []];
    const links: Link[] = [];
    for (const number of numbers) {
      const path = segmentPath(this.#folder, number);
      if (isStray(chain, number)) {
        const wasDropped = await hasSalt(path, chain?.dropped.get(number));
        (wasDropped ? leftOver : strays).push(path);
        continue;
      }
      const isLast = number === numbers.at(-1);
      const isBeforeEmpty = chain?.isEmpty === true && number === [...chain.expected.keys()].at(-1);
      const link = await this.#replay(number, { isLast, isBeforeEmpty }, scratch);
      this.#nextNumber = number + 1;
      if (link === undefined) {
        leftOver.push(path);
        continue;
      }
      links.push(link);
      this.#segments.set(number, link.segment);
      this.#active = link.segment;
    }
    verifyChain(this.#folder, chain, links);
    if (!this.#readOnly) {
      for (const path of leftOver) await rm(path);
      await this.#goOn(links);
    }
    return strays;
  }

  /** Makes the first segment: a journal without any is then one that somebody moved away. */
  async begin(): Promise<void> {
    // One of version 1 would not notice that another is missing.
    if (this.#active?.head.before === undefined) await this.#begin();
  }

  async #replay(
    number: number,
    { isLast, isBeforeEmpty }: { isLast: boolean; isBeforeEmpty: boolean },
    scratch: Buffer,
  ): Promise<Link | undefined> {
    const path = segmentPath(this.#folder, number);
    // A crash may have cut short the record that says where the journal goes on, and no other.
    const mostTorn = isLast ? Infinity : isBeforeEmpty ? linkBytes : 0;
    const options = { isLast, mostTorn, scratch, readOnly: this.#readOnly };
    let next: Link["next"];
    const segment = await replaySegment(path, number, options, ({ change, offset }) => {
      if (change.kind === "next") next = change;
      if (!isOfChain(change)) this.#apply(change, { segment: number, offset });
    });
    return segment && { segment, next };
  }

  /** Makes what was read durable, and ready to be gone on with. */
  async #goOn(links: readonly Link[]): Promise<void> {
    if (this.#active === undefined) return;
    const before = links.at(-2);
    if (before !== undefined && before.next === undefined && isUnlinked(links, before)) {
      await this.#link(before.segment, this.#active);
    }
    if (this.#replacesLast) {
      this.#active = await copySegment(this.#active, this.#folders);
      this.#segments.set(this.#active.number, this.#active);
      return;
    }
    // What a crash left behind the last whole write. What is in the cache only may not be
    // durable either, though it can be read: it was applied, and is about to be told.
    const { file, size } = this.#active;
    if (fstatSync(file).size > size) ftruncateSync(file, size);
    await this.#sync(this.#active.file);
  }

  /** All segments in order, the one that is written to last. */
  get segments(): readonly Segment[] {
    return [...this.#segments.values()];
  }

  /** Whether it is the one that is written to. */
  isActive(segment: Segment): boolean {
    return segment === this.#active;
  }

  /** Where nobody may append now: wait for it, and ask again. */
  get held(): Promise<void> | undefined {
    return this.#held;
  }

  /**
   * Resolves once all the entries are durable and applied: all of them, or none. Those that free
   * space are also written on a full disk, as far as `onFull` makes room.
   */
  append(entries: readonly Entry[], { frees = false } = {}): Promise<void> {
    const refusal = this.#broken ?? this.#closed;
    if (refusal !== undefined) return Promise.reject(refusal);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ ...this.#unitOf(entries, resolve, reject), frees });
      this.#startSoon();
    });
  }

  /**
   * Runs work while nothing is on its way and nobody else may append. What it appends comes
   * before all that others do, and is given back to be waited for.
   */
  async quiet<T>(work: () => { readonly value: T; readonly done: Promise<void> }): Promise<T> {
    this.#quiet += 1;
    this.#held ??= new Promise((resolve) => (this.#release = resolve));
    let result: { readonly value: T; readonly done: Promise<void> };
    try {
      // Asked again in the same step in which the work runs: another who waited may have been first.
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
    const segment = this.#segments.get(place.segment);
    if (segment === undefined) throw new Error(`the journal has no segment ${place.segment}`);
    return readPart(segment, place.offset, size);
  }

  /** Begins a new segment. */
  seal(): Promise<void> {
    this.#isSealed = true;
    return this.append([], { frees: true }).catch((error: unknown) => {
      // There is no room for another: this one is gone on with.
      this.#isSealed = false;
      throw error;
    });
  }

  /** Removes a segment that has nothing of use any more. */
  async drop(number: number): Promise<void> {
    const segment = this.#segments.get(number);
    if (segment === undefined || segment === this.#active) return;
    this.#requireOwner();
    this.#segments.delete(number);
    try {
      await this.#sayDropped(segment);
    } catch (error) {
      // It is read at the next start, and older than all others still.
      const all = [...this.#segments.values(), segment].sort((a, b) => a.number - b.number);
      this.#segments.clear();
      for (const each of all) this.#segments.set(each.number, each);
      throw error;
    }
    await removeSegment(segment);
    // Else it could come back after one that was removed later.
    await this.#folders.sync(this.#folder);
  }

  /** Else the next start would miss it. */
  async #sayDropped(segment: Segment): Promise<void> {
    const { number, head, file } = segment;
    const change = { kind: "dropped", segment: number, salt: head.salt } as const;
    const say = (): Promise<void> => this.append([{ change }], { frees: true });
    await say().catch(async (error: unknown) => {
      if (!isNoSpace(error)) throw error;
      // Not even that fits. A segment that has only its head is whole, and lacks nothing.
      ftruncateSync(file, head.bytes);
      segment.size = segment.written = segment.reserved = head.bytes;
      await this.#makeDurable(segment);
      await say();
    });
  }

  /** Waits for what is on its way, and takes nothing more. */
  async close(): Promise<void> {
    this.#closed ??= new Refusal(503, "UNKNOWN", "the registry is being closed");
    while (this.#isBusy) await this.#idle();
    if (this.#wasWritten) await this.#end().catch(() => undefined);
    for (const segment of this.#segments.values()) closeSync(segment.file);
    this.#segments.clear();
  }

  /**
   * An empty frame behind the last record: if that record is damaged later, the next start can
   * tell it from one that a crash cut short. A disk that has no room for it does without.
   */
  async #end(): Promise<void> {
    this.#wasWritten = false;
    const segment = this.#active;
    if (segment === undefined || this.#broken !== undefined || !this.#isOwner()) return;
    writeAll(segment.file, [encodeFrameHead([], segment.size, segment.head.salt)], segment.written);
    await this.#makeDurable(segment);
  }

  #unitOf(
    entries: readonly Entry[],
    resolve: () => void,
    failed: (error: unknown) => void,
  ): Omit<Unit, "frees"> {
    const pieces: Uint8Array[] = [];
    let bytes = 0;
    const offsets: number[] = [];
    for (const { change, bytes: content } of entries) {
      const head = encodeChange(change);
      pieces.push(head);
      bytes += head.length;
      offsets.push(bytes);
      if (content === undefined || content.length === 0) continue;
      pieces.push(content);
      bytes += content.length;
    }
    const applied = (place: { segment: number; start: number }): void => {
      for (const [index, { change, facts }] of entries.entries()) {
        const offset = place.start + (offsets[index] ?? 0);
        if (!isOfChain(change)) this.#apply(change, { segment: place.segment, offset }, facts);
      }
      resolve();
    };
    return { pieces, bytes, applied, failed };
  }

  get #isBusy(): boolean {
    return this.#isStarting || this.#writes > 0 || this.#waiting.length > 0;
  }

  /** Resolves when nothing is on its way, or was not a moment ago. */
  #idle(): Promise<void> {
    return new Promise((resolve) => this.#idlers.push(resolve));
  }

  #startSoon(): void {
    if (this.#isStarting || this.#writes >= mostWrites) return;
    this.#isStarting = true;
    // Requests that came in together are read one after the other: let them all in first.
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

  /** On a full disk, writes what frees space of what could not be written. */
  async #retry(batch: readonly Unit[], reason: unknown): Promise<void> {
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

  #takeBatch(): Unit[] {
    let bytes = 0;
    let count = 0;
    for (const unit of this.#waiting) {
      if (count > 0 && bytes + unit.bytes > mostBatchBytes) break;
      bytes += unit.bytes;
      count += 1;
    }
    return this.#waiting.splice(0, count);
  }

  /** Resolves once it is on its way. */
  async #write(batch: readonly Unit[]): Promise<void> {
    if (this.#broken !== undefined) throw this.#broken;
    const payload = batch.flatMap((unit) => unit.pieces);
    const bytes = batch.reduce((sum, unit) => sum + unit.bytes, 0);
    const segment = await this.#segmentFor(bytes);
    this.#requireOwner();
    const head = encodeFrameHead(payload, segment.size, segment.head.salt);
    const start = segment.written + head.length;
    try {
      writeAll(segment.file, [head, ...payload], segment.written);
      this.#reserve(segment, start + bytes);
    } catch (error) {
      await this.#cutOff(segment);
      throw error;
    }
    segment.written = start + bytes;
    this.#wasWritten = true;
    this.#writes += 1;
    this.#lastWrite = this.#finish(batch, segment, start, this.#lastWrite);
  }

  /** Once it is durable, and all before it, it is applied, and those who wait are told. */
  async #finish(
    batch: readonly Unit[],
    segment: Segment,
    start: number,
    before: Promise<void>,
  ): Promise<void> {
    try {
      await Promise.all([this.#makeDurable(segment), before]);
      if (this.#broken !== undefined) throw this.#broken;
      this.#requireOwner();
      let at = start;
      for (const unit of batch) {
        unit.applied({ segment: segment.number, start: at });
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

  async #segmentFor(bytes: number): Promise<Segment> {
    const active = this.#active;
    if (active !== undefined && !this.#isSealed) {
      const isEmpty = active.written === active.head.bytes;
      if (isEmpty || active.written + bytes + linkBytes <= this.segmentBytes) return active;
    }
    // A segment that is full ends with its last record, and is durable before another begins.
    await this.#lastWrite;
    if (this.#broken !== undefined) throw this.#broken;
    if (active !== undefined) await this.#cutOff(active);
    const segment = await this.#begin();
    if (active !== undefined) this.onNewSegment();
    return segment;
  }

  /** Makes a new segment the one that is written to, and the one before says so. */
  async #begin(): Promise<Segment> {
    this.#requireOwner();
    const number = this.#nextNumber;
    const segment = createSegment(this.#folder, number, this.segments);
    try {
      await this.#makeDurable(segment);
      await this.#folders.sync(this.#folder);
      if (this.#active !== undefined) await this.#link(this.#active, segment);
    } catch (error) {
      // After a sync that failed the link may be there: what it names has to be there, too.
      if (this.#broken === undefined) await this.#undo(segment);
      else closeSync(segment.file);
      throw error;
    }
    this.#nextNumber += 1;
    this.#segments.set(number, segment);
    this.#active = segment;
    this.#isSealed = false;
    return segment;
  }

  /** Durably: the segment before it is gone on with, and must not be found before another. */
  async #undo(segment: Segment): Promise<void> {
    await removeSegment(segment);
    await this.#folders.sync(this.#folder);
  }

  /** Ends a segment with the record that says where the journal goes on. */
  async #link(segment: Segment, { number, head: { salt } }: Segment): Promise<void> {
    // A version that knows no such record may still read it.
    if (segment.head.before === undefined) return;
    const record = encodeChange({ kind: "next", segment: number, salt });
    const head = encodeFrameHead([record], segment.size, segment.head.salt);
    try {
      writeAll(segment.file, [head, record], segment.written);
    } catch (error) {
      await this.#cutOff(segment);
      throw error;
    }
    segment.written += head.length + record.length;
    await this.#makeDurable(segment);
    segment.size = segment.written;
  }

  #reserve(segment: Segment, end: number): void {
    if (end <= segment.reserved) return;
    segment.reserved = end;
    if (end + reservedBytes > this.segmentBytes) return;
    try {
      writeAll(segment.file, [zeros], end);
      segment.reserved = end + reservedBytes;
    } catch (error) {
      // It does without. Nobody else shall lack what it does not need.
      if (systemCodeOf(error) === undefined) throw error;
      ftruncateSync(segment.file, end);
    }
  }

  /** Lets a segment end with what was written whole, also after a crash. */
  async #cutOff(segment: Segment): Promise<void> {
    try {
      ftruncateSync(segment.file, segment.written);
      segment.reserved = segment.written;
    } catch (cause) {
      throw this.#break(cause);
    }
    await this.#makeDurable(segment);
  }

  /**
   * What the system says after a sync that failed is not to be believed: it may have thrown away
   * what it could not write, and call the next sync a success.
   */
  async #makeDurable(segment: Segment): Promise<void> {
    try {
      await this.#sync(segment.file);
    } catch (cause) {
      throw this.#break(cause);
    }
  }

  /** Two who write to one journal would each lose what the other one acknowledged. */
  #requireOwner(): void {
    if (this.#isOwner()) return;
    const message = "another registry has this one's folder now: it takes nothing more";
    throw (this.#broken ??= new Refusal(503, "UNKNOWN", message));
  }

  #break(cause: unknown): Refusal {
    const message = `the registry's disk failed (${systemCodeOf(cause) ?? "unknown"}): it takes nothing more until it is started again`;
    return (this.#broken ??= new Refusal(503, "UNKNOWN", message, { cause }));
  }
}

/** Whether a segment is not one of those that the last one names. */
function isStray(chain: Chain | undefined, number: number): boolean {
  return chain !== undefined && number < chain.last && !chain.expected.has(number);
}
