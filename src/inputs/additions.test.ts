import { describe, expect, it } from "vitest";
import {
  boundedAdditions,
  changedAdditions,
  differingAdditions,
  formatAdditions,
  parseAdditions,
} from "./additions.ts";

const many = Object.fromEntries(
  Array.from({ length: 300 }, (_, at) => [`a.proto: field ${at} of A`, "0123456789ab"]),
);

describe("additions", () => {
  it("are stored by name if they are few", () => {
    const few = { "b.proto: message B": "1", "a.proto: message A": "2" };
    expect(boundedAdditions(few)).toBe(few);
    const text = '{"a.proto: message A":"2","b.proto: message B":"1"}';
    expect(formatAdditions(few)).toBe(text);
    expect(parseAdditions(text)).toEqual(few);
  });

  it("are stored as one hash if they are many: then each change counts", () => {
    const stored = boundedAdditions(many);
    const more = boundedAdditions({ ...many, "a.proto: message B": "1" });
    const [name] = Object.keys(stored);
    expect(Object.keys(stored)).toEqual(["one of many definitions"]);
    expect(stored["one of many definitions"]).toMatch(/^[0-9a-f]{12}$/);
    expect(changedAdditions(stored, boundedAdditions({ ...many }))).toEqual([]);
    expect(changedAdditions(stored, more)).toEqual([name]);
    expect(changedAdditions(stored, {})).toEqual([name]);
    expect(changedAdditions({ "a.proto: field 1 of A": "0123456789ab" }, stored)).toEqual([name]);
    expect(changedAdditions({}, stored)).toEqual([]);
  });

  it("have changed if one has another hash or was deleted, not if there are new ones", () => {
    expect(changedAdditions({ a: "1", b: "1", c: "1" }, { a: "1", b: "2", d: "1" })).toEqual([
      "b",
      "c (deleted)",
    ]);
    expect(changedAdditions(undefined, { a: "1" })).toEqual([]);
  });

  it("differ in new ones too", () => {
    expect(differingAdditions({ a: "1", b: "1" }, { a: "1", c: "1" })).toEqual(["b", "c"]);
  });

  it.each(["", "null", "[1]", '{"a":1}'])("count as changed if they are stored as %j", (text) => {
    expect(changedAdditions(parseAdditions(text), { a: "1" })).toEqual(["one of many definitions"]);
  });
});
