import { closeSync, fdatasync, fstatSync, ftruncateSync } from "node:fs";
import { rm } from "node:fs/promises";
import { promisify } from "node:util";
import { systemCodeOf } from "../../../errors.ts";
import { Refusal } from "../../http/refusal.ts";
import type { Folders } from "../../root/folders.ts";
import { isUnlinked, type Link, linkBytes } from "./chain.ts";
import { encodeFrameHead } from "./frame.ts";
import { type ApplyRead, type Place, readSegments } from "./read-segments.ts";
import { encodeChange } from "./records.ts";
import {
  copySegment,
  createSegment,
  readPart,
  removeSegment,
  reserveSpace,
  type Segment,
  writeAll,
} from "./segment.ts";

export interface SegmentsOptions {
  /** A segment has at most this many bytes, or one write. 32 MiB by default. */
  readonly segmentBytes?: number | undefined;
  /** Reads what is stored and accepts nothing; the disk is not changed. */
  readonly readOnly?: boolean | undefined;
  /**
   * Called around each write: whether this process still holds the root. Always true by default.
   */
  readonly isOwner?: (() => boolean) | undefined;
  /**
   * A process that lost the root may still have the last segment open. It is replaced by a copy, so
   * that nothing that process writes is ever read.
   */
  readonly replacesLast?: boolean | undefined;
  /** Makes a file's content durable. */
  readonly sync?: ((file: number) => Promise<void>) | undefined;
}

const defaultSegmentBytes = 32 << 20;
/**
 * The files of a journal: which ones exist, which one is written to, and how another begins. Each
 * names the others, so that none can go missing unnoticed.
 */
export class Segments {
  /** The maximum size of a segment, except for a single larger write. */
  readonly segmentBytes: number;
  readonly #folder: string;
  readonly #folders: Folders;
  readonly #sync: (file: number) => Promise<void>;
  readonly #readOnly: boolean;
  readonly #isOwner: () => boolean;
  readonly #replacesLast: boolean;
  readonly #all = new Map<number, Segment>();
  #active: Segment | undefined;
  /** The next write begins another segment. */
  isSealed = false;
  /** Since they were opened. */
  #wasWritten = false;
  #nextNumber = 1;
  #broken: Refusal | undefined;
  /** Called when a segment is full and the next one begins. */
  onNewSegment: () => void = () => undefined;

  constructor(folder: string, folders: Folders, options: SegmentsOptions) {
    this.#folder = folder;
    this.#folders = folders;
    this.segmentBytes = options.segmentBytes ?? defaultSegmentBytes;
    this.#sync = options.sync ?? promisify(fdatasync);
    this.#readOnly = options.readOnly ?? false;
    this.#isOwner = options.isOwner ?? (() => true);
    this.#replacesLast = options.replacesLast ?? false;
  }

  /** In order; the last is the one that is written to. */
  get all(): readonly Segment[] {
    return [...this.#all.values()];
  }

  /** The segment that is written to. */
  get active(): Segment | undefined {
    return this.#active;
  }

  /** Why nothing is accepted any more. */
  get broken(): Refusal | undefined {
    return this.#broken;
  }

  /** See `Journal.open`. */
  async open(apply: ApplyRead): Promise<readonly string[]> {
    if (!this.#readOnly) await this.#folders.ensure(this.#folder);
    const how = { readOnly: this.#readOnly, segmentBytes: this.segmentBytes };
    const read = await readSegments(this.#folder, how, apply);
    for (const { segment } of read.links) this.#all.set(segment.number, segment);
    this.#active = read.links.at(-1)?.segment;
    this.#nextNumber = read.lastNumber + 1;
    if (!this.#readOnly) {
      for (const path of read.leftOver) await rm(path);
      await this.#goOn(read.links);
    }
    return read.strays;
  }

  /**
   * Creates the first segment, so that a journal without segments is one that somebody moved away.
   */
  async begin(): Promise<void> {
    // A segment of version 1 would not notice that another is missing.
    if (this.#active?.head.before === undefined) await this.#begin();
  }

  /** Makes what was read durable, and the last segment ready for more. */
  async #goOn(links: readonly Link[]): Promise<void> {
    if (this.#active === undefined) return;
    const before = links.at(-2);
    if (before !== undefined && before.next === undefined && isUnlinked(links, before)) {
      await this.#link(before.segment, this.#active);
    }
    if (this.#replacesLast) {
      this.#active = await copySegment(this.#active, this.#folders);
      this.#all.set(this.#active.number, this.#active);
      return;
    }
    // Cuts off what a crash left after the last complete write. What is only in the cache may not
    // be durable either, though it can be read, and it is about to be served.
    const { file, size } = this.#active;
    if (fstatSync(file).size > size) ftruncateSync(file, size);
    await this.#sync(this.#active.file);
  }

  /** A content's bytes. */
  read(place: Place, size: number): Buffer {
    const segment = this.#all.get(place.segment);
    if (segment === undefined) throw new Error(`the journal has no segment ${place.segment}`);
    return readPart(segment, place.offset, size);
  }

  /**
   * The segment that this many bytes go to: a new one if they do not fit. `before` resolves when
   * everything written is durable.
   */
  async forBytes(bytes: number, before: () => Promise<void>): Promise<Segment> {
    const active = this.#active;
    if (active !== undefined && !this.isSealed) {
      const isEmpty = active.written === active.head.bytes;
      if (isEmpty || active.written + bytes + linkBytes <= this.segmentBytes) return active;
    }
    // A full segment ends with its last record, and is durable before another begins.
    await before();
    if (this.#broken !== undefined) throw this.#broken;
    if (active !== undefined) await this.#cutOff(active);
    const segment = await this.#begin();
    if (active !== undefined) this.onNewSegment();
    return segment;
  }

  /** Makes a new segment the one that is written to, and links to it from the previous one. */
  async #begin(): Promise<Segment> {
    this.requireOwner();
    const number = this.#nextNumber;
    const segment = createSegment(this.#folder, number, this.all);
    try {
      await this.makeDurable(segment);
      await this.#folders.sync(this.#folder);
      if (this.#active !== undefined) await this.#link(this.#active, segment);
    } catch (error) {
      // After a failed sync the link may be on disk, so the segment that it names has to exist too.
      if (this.#broken === undefined) await this.remove(segment);
      else closeSync(segment.file);
      throw error;
    }
    this.#nextNumber += 1;
    this.#all.set(number, segment);
    this.#active = segment;
    this.isSealed = false;
    return segment;
  }

  /** Ends a segment with the record that says where the journal continues. */
  async #link(segment: Segment, { number, head: { salt } }: Segment): Promise<void> {
    // A version that does not know this record may still read the segment.
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
    await this.makeDurable(segment);
    segment.size = segment.written;
  }

  /** Writes a frame after what is written; returns where its payload begins. Not yet durable. */
  async write(segment: Segment, payload: readonly Uint8Array[]): Promise<number> {
    this.requireOwner();
    const head = encodeFrameHead(payload, segment.size, segment.head.salt);
    const start = segment.written + head.length;
    const end = payload.reduce((at, piece) => at + piece.length, start);
    try {
      writeAll(segment.file, [head, ...payload], segment.written);
      reserveSpace(segment, end, this.segmentBytes);
    } catch (error) {
      await this.#cutOff(segment);
      throw error;
    }
    segment.written = end;
    this.#wasWritten = true;
    return start;
  }

  /** Takes a segment that is to be deleted from the list; undefined if it has to stay. */
  take(number: number): Segment | undefined {
    const segment = this.#all.get(number);
    if (segment === undefined || segment === this.#active) return undefined;
    this.requireOwner();
    this.#all.delete(number);
    return segment;
  }

  /** Puts it back in its place: the next start still reads it before the others. */
  putBack(segment: Segment): void {
    const all = [...this.#all.values(), segment].sort((a, b) => a.number - b.number);
    this.#all.clear();
    for (const each of all) this.#all.set(each.number, each);
  }

  /** Frees its space. A segment with only its head is complete, and lacks nothing. */
  async empty(segment: Segment): Promise<void> {
    const { bytes } = segment.head;
    ftruncateSync(segment.file, bytes);
    segment.size = segment.written = segment.reserved = bytes;
    await this.makeDurable(segment);
  }

  /** Deletes its file, durably: otherwise it could reappear after one that was deleted later. */
  async remove(segment: Segment): Promise<void> {
    await removeSegment(segment);
    await this.#folders.sync(this.#folder);
  }

  /** Ends a segment after its last complete write, also after a crash. */
  async #cutOff(segment: Segment): Promise<void> {
    try {
      ftruncateSync(segment.file, segment.written);
      segment.reserved = segment.written;
    } catch (cause) {
      throw this.#break(cause);
    }
    await this.makeDurable(segment);
  }

  /**
   * After a failed sync the system cannot be trusted: it may have discarded what it could not
   * write, and report the next sync as a success.
   */
  async makeDurable(segment: Segment): Promise<void> {
    try {
      await this.#sync(segment.file);
    } catch (cause) {
      throw this.#break(cause);
    }
  }

  /** Two processes that write to one journal would each lose what the other acknowledged. */
  requireOwner(): void {
    if (this.#isOwner()) return;
    const message = "another registry has taken over this folder, so this registry refuses writes";
    throw (this.#broken ??= new Refusal(503, "UNKNOWN", message));
  }

  #break(cause: unknown): Refusal {
    const message = `the registry's disk failed (${systemCodeOf(cause) ?? "unknown"}). The registry refuses writes until you restart it`;
    return (this.#broken ??= new Refusal(503, "UNKNOWN", message, { cause }));
  }

  /** Closes the files. */
  async close(): Promise<void> {
    if (this.#wasWritten) await this.#end().catch(() => undefined);
    for (const segment of this.#all.values()) closeSync(segment.file);
    this.#all.clear();
  }

  /**
   * Writes an empty frame after the last record: if that record is damaged later, the next start
   * can tell this from a crash. Omitted if the disk has no room for it.
   */
  async #end(): Promise<void> {
    this.#wasWritten = false;
    const segment = this.#active;
    if (segment === undefined || this.#broken !== undefined || !this.#isOwner()) return;
    writeAll(segment.file, [encodeFrameHead([], segment.size, segment.head.salt)], segment.written);
    await this.makeDurable(segment);
  }
}
