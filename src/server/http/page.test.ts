import { expect, test } from "vitest";
import { longestPage, pageOf } from "./page.ts";

const path = "/v2/app/tags/list";
const keyOf = (tag: string): string => tag;
const tags = ["a", "b", "c", "d"];

function page(query: string): unknown {
  return pageOf(tags, { keyOf, path, query: new URLSearchParams(query) });
}

test.each([
  ["", tags, undefined],
  ["n=2", ["a", "b"], '</v2/app/tags/list?n=2&last=b>; rel="next"'],
  ["n=2&last=b", ["c", "d"], undefined],
  ["n=1&last=bb", ["c"], '</v2/app/tags/list?n=1&last=c>; rel="next"'],
  ["last=c", ["d"], undefined],
  ["n=0", [], undefined],
  ["n=100", tags, undefined],
  ["last=zz", [], undefined],
])("the page of ?%s", (query, items, link) => {
  expect(page(query)).toEqual({ items, link });
});

test.each(["n=-1", "n=x", "n=1.5", "n=", "n=9999999999"])("refuses ?%s", (query) => {
  expect(() => page(query)).toThrow(
    expect.objectContaining({ status: 400, code: "PAGINATION_NUMBER_INVALID" }),
  );
});

test.each(["", "n=999999999"])("limits the page of ?%s of a long list", (text) => {
  const long = Array.from({ length: longestPage + 1 }, (_, index) => String(10 ** 6 + index));
  const query = new URLSearchParams(text);
  const first = pageOf(long, { keyOf, path, query });
  expect(first.items).toEqual(long.slice(0, -1));
  query.set("last", long.at(-2) ?? "");
  expect(first.link).toBe(`<${path}?${query.toString()}>; rel="next"`);
});

test("limits the bytes of a page, but allows one entry that is larger", () => {
  const mebibytes = [2, 2, 1, 9, 1];
  const sizes = (query: string): readonly number[] =>
    pageOf([0, 1, 2, 3, 4], {
      keyOf: String,
      path,
      query: new URLSearchParams(query),
      sizeOf: (item) => (mebibytes[item] ?? 0) << 20,
    }).items;
  expect([sizes(""), sizes("last=1"), sizes("last=2"), sizes("last=3")]).toEqual([
    [0, 1],
    [2],
    [3],
    [4],
  ]);
});
