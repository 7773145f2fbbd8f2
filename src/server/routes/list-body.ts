import { createLimit } from "../../registry/transport/pace/limit.ts";
import { sliceBytes, type WrittenBody } from "../http/reply.ts";

interface JsonList {
  /** What comes before the list's entries, including the bracket, and after them. */
  readonly head: string;
  readonly tail: string;
  readonly length: number;
  /** The size of an entry as JSON, in bytes. */
  readonly bytesOf: (index: number) => number;
  /** An entry as JSON; undefined if it is gone by now. */
  readonly entryOf: (index: number) => Uint8Array | string | undefined;
}

/** How many bytes of entries larger than a slice are in memory at once, over all readers. */
const mostLarge = 32 << 20;
const largeLimit = createLimit(mostLarge);

/**
 * A JSON document with one list, generated while it is sent: even a slow reader keeps only a slice
 * of a long list in memory. Its length has to be announced first, so an entry that disappears
 * meanwhile is replaced by spaces, which JSON ignores (RFC 8259, 2).
 */
export function listBody(list: JsonList): string | WrittenBody {
  const { head, tail, length, bytesOf } = list;
  let bytes = Buffer.byteLength(head) + Buffer.byteLength(tail);
  for (let index = 0; index < length; index++) bytes += placeOf(bytesOf(index), index);
  if (bytes > sliceBytes) return { length: bytes, writeTo: (write) => writeList(list, write) };
  const place = placing(list);
  const places = Array.from({ length }, (_, index) => place(index));
  return joined([head, ...places.flat(), tail]).toString();
}

async function writeList(
  list: JsonList,
  write: (bytes: Uint8Array) => Promise<void>,
): Promise<void> {
  const place = placing(list);
  let slice: Part[] = [list.head];
  let bytes = Buffer.byteLength(list.head);
  const flush = async (): Promise<void> => {
    const whole = joined(slice);
    slice = [];
    bytes = 0;
    if (whole.length > 0) await write(whole);
  };
  for (let index = 0; index < list.length; index++) {
    const size = list.bytesOf(index);
    if (bytes > 0 && bytes + size > sliceBytes) await flush();
    if (size > sliceBytes) {
      await largeLimit(() => write(joined(place(index))), size);
      continue;
    }
    slice.push(...place(index));
    bytes += size + 1;
  }
  slice.push(list.tail);
  await flush();
}

type Part = Uint8Array | string;

/** What to put in the place of each entry, called in order. */
function placing({ bytesOf, entryOf }: JsonList): (index: number) => readonly Part[] {
  let isFirst = true;
  return (index) => {
    const entry = entryOf(index);
    if (entry === undefined) return [" ".repeat(placeOf(bytesOf(index), index))];
    // The first place has no room for a comma, and needs none.
    const before = isFirst ? (index === 0 ? "" : " ") : ",";
    isFirst = false;
    return [before, entry];
  };
}

function placeOf(bytes: number, index: number): number {
  return bytes + (index === 0 ? 0 : 1);
}

function joined(parts: readonly Part[]): Buffer {
  return Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part) : part)));
}
