import { expect, it } from "vitest";
import { digestOf } from "../../oci/digest.ts";
import type { CacheConfigV0, CacheRecord } from "./cache-config.ts";
import { untie, withOneEnd } from "./one-end.ts";

const record = (name: string, ...links: number[]): CacheRecord => ({
  digest: digestOf(Buffer.from(name)),
  layers: [],
  chains: [],
  inputs: links.length === 0 ? [] : [links.map((link) => ({ link }))],
});
const config = (...records: CacheRecord[]): CacheConfigV0 => ({ layers: [], records });

it("ties the ends of a cache together, and can undo it", () => {
  const two = config(record("base"), record("a", 0), record("b", 0), record("c", 1));
  const tied = withOneEnd(two);
  expect(tied.records).toHaveLength(5);
  expect(tied.records[4]?.inputs).toEqual([[{ link: 2 }, { link: 3 }]]);
  expect(untie(tied)).toEqual({ config: two, tied: true });
  expect(withOneEnd(tied)).toBe(tied);
});

it("leaves a cache with one end, or none, unchanged", () => {
  const one = config(record("base"), record("a", 0));
  expect(withOneEnd(one)).toBe(one);
  expect(untie(one)).toEqual({ config: one });
  expect(withOneEnd(config())).toEqual(config());
});
