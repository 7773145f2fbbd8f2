import { expect, test } from "vitest";
import { listBody } from "./list-body.ts";

/** What is sent for a list with these entries; an undefined entry is gone by then. */
async function sent(
  entries: readonly (unknown[] | string | undefined)[],
  gone: readonly number[] = [],
): Promise<{ text: string; length: number; largest: number }> {
  const texts = entries.map((entry) => JSON.stringify(entry));
  const body = listBody({
    head: '{"name":"é","list":[',
    tail: "]}",
    length: texts.length,
    bytesOf: (index) => Buffer.byteLength(texts[index] ?? ""),
    entryOf: (index) => (gone.includes(index) ? undefined : texts[index]),
  });
  if (typeof body === "string") {
    const length = Buffer.byteLength(body);
    return { text: body, length, largest: length };
  }
  const slices: Uint8Array[] = [];
  await body.writeTo((bytes) => {
    slices.push(bytes);
    return Promise.resolve();
  });
  return {
    text: Buffer.concat(slices).toString(),
    length: body.length,
    largest: Math.max(...slices.map(({ length }) => length)),
  };
}

const many = Array.from({ length: 20_000 }, (_, index) => `entry ${index}`);
const large = ["a", "x".repeat(100_000), "b", "y".repeat(200_000)];

test.each([
  ["no entry", []],
  ["one entry", ["a"]],
  ["entries that are not ASCII", ["ä", "漢"]],
  ["many entries", many],
  ["entries larger than a slice", large],
])("sends %s, as long as announced", async (_, entries) => {
  const { text, length } = await sent(entries);
  expect(JSON.parse(text)).toEqual({ name: "é", list: entries });
  expect(Buffer.byteLength(text)).toBe(length);
});

test.each([[[0]], [[1]], [[3]], [[0, 1]], [[2, 3]], [[0, 1, 2, 3]]])(
  "omits entries %j that disappear while it is sent, and keeps its length",
  async (gone) => {
    for (const entries of [["a", "b", "c", "d"], large]) {
      const { text, length } = await sent(entries, gone);
      const rest = entries.filter((_, index) => !gone.includes(index));
      expect(JSON.parse(text)).toEqual({ name: "é", list: rest });
      expect(Buffer.byteLength(text)).toBe(length);
    }
  },
);

test("keeps only a slice of a long list in memory", async () => {
  expect((await sent(many)).largest).toBeLessThanOrEqual((64 << 10) + 100);
});
