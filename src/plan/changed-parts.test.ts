import { describe, expect, it } from "vitest";
import { digestOf } from "../oci/digest.ts";
import { changedParts } from "./changed-parts.ts";

type Parts = Readonly<Record<string, string>>;

describe("changedParts", () => {
  it.each<[string, Parts, Parts, string[]]>([
    ["nothing", { a: "1", b: "2" }, { b: "2", a: "1" }, []],
    [
      "what differs, came and went",
      { a: "1", b: "2", c: "3" },
      { a: "1", b: "9", d: "4" },
      ["b", "c", "d"],
    ],
    ["a value that became empty", { target: "x" }, { target: "" }, ["target"]],
    ["the context, where no entry is known", { context: "1" }, { context: "2" }, ["context"]],
    [
      "the context's entries instead of the context",
      { context: "1", "context/src": "1", "context/doc": "1" },
      { context: "2", "context/src": "2", "context/doc": "1" },
      ["context/src"],
    ],
    [
      "both values of the epoch",
      { epoch: "2026-W47" },
      { epoch: "2026-W48" },
      ["epoch 2026-W47 to 2026-W48"],
    ],
    ["an epoch that began", {}, { epoch: "2026-W48" }, ["epoch none to 2026-W48"]],
    ["an epoch that is gone", { epoch: "2026-W47" }, {}, ["epoch 2026-W47 to none"]],
  ])("names %s", (_, before, now, expected) => {
    const digest = digestOf("any");
    expect(changedParts({ digest, parts: before }, { digest, parts: now })).toEqual(expected);
  });
});
