import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { expect, it } from "vitest";
import { hashOf } from "../threads/hash.ts";
import { cutChunk, largestChunk } from "./cut.ts";

function chunksOf(bytes: Uint8Array): readonly string[] {
  const chunks: string[] = [];
  for (let start = 0; start < bytes.length; ) {
    const end = cutChunk(bytes, { start, end: bytes.length, isLast: true }) ?? bytes.length;
    expect(end - start).toBeLessThanOrEqual(largestChunk);
    chunks.push(hashOf(bytes.subarray(start, end)));
    start = end;
  }
  return chunks;
}

it("keeps all chunks but a few if something is inserted", () => {
  const bytes = randomBytes(8 << 20);
  const before = new Set(chunksOf(bytes));
  const after = chunksOf(
    Buffer.concat([bytes.subarray(0, 1e6), Buffer.from("x"), bytes.subarray(1e6)]),
  );
  expect(before.size).toBeGreaterThan(60);
  expect(before.size).toBeLessThan(260);
  expect(after.filter((chunk) => !before.has(chunk)).length).toBeLessThanOrEqual(3);
});

it("cuts at the same places, however much of the file is in the buffer", () => {
  const bytes = randomBytes(1 << 20);
  fc.assert(
    fc.property(fc.integer({ min: 1, max: bytes.length }), (end) => {
      const whole = cutChunk(bytes, { start: 0, end: bytes.length, isLast: true });
      const part = cutChunk(bytes, { start: 0, end, isLast: false });
      expect(part === undefined || part === whole).toBe(true);
      if (end >= largestChunk) expect(part).toBe(whole);
    }),
  );
});
