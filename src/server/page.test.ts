import { expect, test } from "vitest";
import { pageOf } from "./page.ts";

const tags = ["a", "b", "c", "d"];

function page(query: string): unknown {
  return pageOf(tags, (tag) => tag, "/v2/app/tags/list", new URLSearchParams(query));
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

test.each(["n=-1", "n=x", "n=1.5", "n="])("refuses ?%s", (query) => {
  expect(() => page(query)).toThrow(
    expect.objectContaining({ status: 400, code: "PAGINATION_NUMBER_INVALID" }),
  );
});
