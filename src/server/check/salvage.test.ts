import { randomBytes, randomInt } from "node:crypto";
import { expect, test } from "vitest";
import { digestOf } from "../../oci/digest.ts";
import { encodeSegmentHead } from "../store/journal/frame.ts";
import { type AnyChange, encodeChange } from "../store/journal/records.ts";
import { encodeFrame, recordsOf, salvageSegment } from "./salvage.ts";

const salt = 0x1234abcd;
const head = encodeSegmentHead({ salt, before: new Map([[3, 77]]) });

function content(bytes: Uint8Array): Uint8Array[] {
  const digest = digestOf(bytes);
  return [encodeChange({ kind: "content", digest, size: bytes.length }), bytes];
}

const [first, second, third] = [randomBytes(40), randomBytes(300), randomBytes(20)];
const changes: readonly AnyChange[] = [
  { kind: "content", digest: digestOf(first), size: first.length },
  { kind: "blob", repository: "app", digest: digestOf(first), at: 1 },
  { kind: "content", digest: digestOf(second), size: second.length },
  { kind: "tag", repository: "app", tag: "v1", digest: digestOf(second) },
  { kind: "content", digest: digestOf(third), size: third.length },
  { kind: "untag", repository: "app", tag: "old" },
];
const [, blob, , tag, , untag] = changes.map(encodeChange);
const frames = [
  encodeFrame([...content(first), blob ?? Buffer.alloc(0)], salt),
  encodeFrame([...content(second), tag ?? Buffer.alloc(0)], salt),
  encodeFrame([...content(third), untag ?? Buffer.alloc(0)], salt),
];
const segment = Buffer.concat([head, ...frames]);

function salvage(bytes: Buffer, mostTorn = 0) {
  const found = salvageSegment(bytes, { salt: undefined, mostTorn });
  if (found === undefined) throw new Error("nothing was saved");
  return { ...found, changes: [...recordsOf(found)].map(({ change }) => change) };
}

test("an intact segment is unchanged", () => {
  const found = salvage(Buffer.from(segment));
  expect([found.damages, found.changes]).toEqual([[], changes]);
  expect(found.bytes.equals(segment)).toBe(true);
});

test("any single wrong bit is corrected", () => {
  for (let bit = 0; bit < segment.length * 8; bit++) {
    const damaged = Buffer.from(segment);
    damaged.writeUInt8(damaged.readUInt8(bit >>> 3) ^ (1 << (bit & 7)), bit >>> 3);
    const found = salvage(damaged);
    expect(found.damages).toMatchObject([{ isCorrected: true, doubtful: [] }]);
    expect(found.bytes.equals(segment)).toBe(true);
  }
});

test("only the damaged content is lost", () => {
  const damaged = Buffer.from(segment);
  damaged.fill(0, segment.indexOf(second) + 10, segment.indexOf(second) + 200);
  const found = salvage(damaged);
  const at = head.length + (frames[0]?.length ?? 0);
  expect(found.damages).toEqual([
    {
      at,
      bytes: frames[1]?.length,
      why: "contents are damaged",
      isCorrected: false,
      doubtful: [],
    },
  ]);
  expect(found.changes).toEqual(changes.filter((change) => change !== changes[2]));
});

test("unverified records are kept and reported", () => {
  const damaged = Buffer.from(segment);
  const at = segment.indexOf(Buffer.from("v1"));
  damaged.write("w2", at);
  const found = salvage(damaged);
  const wrong = { ...changes[3], tag: "w2" };
  expect(found.damages).toMatchObject([{ isCorrected: false, doubtful: [wrong] }]);
  expect(found.changes).toEqual([...changes.slice(0, 3), wrong, ...changes.slice(4)]);
});

test("the head can be rebuilt from the salt that the journal records or from a frame's checksum", () => {
  const damaged = Buffer.from(segment).fill(0, 0, 30);
  for (const known of [salt, undefined]) {
    const found = salvageSegment(Buffer.from(damaged), { salt: known, mostTorn: 0 });
    expect(found?.damages).toMatchObject([{ at: 0, why: "its header is damaged" }]);
    expect(found && [...recordsOf(found)].map(({ change }) => change)).toEqual(changes);
  }
});

test("a segment without a head and with a damaged first frame cannot be read", () => {
  const damaged = Buffer.from(segment).fill(0, 0, head.length + 30);
  damaged.write("LKf\n", head.length);
  expect(salvageSegment(damaged, { salt: undefined, mostTorn: 0 })).toBe(undefined);
});

test("bytes that a crash left after the last write are not damage", () => {
  const cut = segment.subarray(0, segment.length - 7);
  const space = Buffer.concat([cut, Buffer.alloc(500)]);
  const found = salvage(Buffer.from(space), Infinity);
  expect([found.damages, found.changes]).toEqual([[], changes.slice(0, 4)]);
});

test("whatever is overwritten, other frames are kept and the result can be read", () => {
  for (let run = 0; run < 2_000; run++) {
    const damaged = Buffer.from(segment);
    const at = randomInt(head.length, segment.length);
    const length = randomInt(1, 200);
    const end = Math.min(at + length, segment.length);
    randomBytes(end - at).copy(damaged, at);
    const found = salvage(damaged);
    let start = head.length;
    for (const [index, frame] of frames.entries()) {
      const isHit = at < start + frame.length && end > start;
      const own = changes.slice(index * 2, index * 2 + 2);
      if (!isHit) expect(found.changes).toEqual(expect.arrayContaining(own));
      start += frame.length;
    }
    expect(salvage(Buffer.from(found.bytes)).damages).toEqual([]);
  }
});
