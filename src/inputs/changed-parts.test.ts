import { describe, expect, it } from "vitest";
import { digestOf } from "../oci/digest.ts";
import { changedParts } from "./changed-parts.ts";

type Parts = Readonly<Record<string, string>>;

describe("changedParts", () => {
  it.each<[string, Parts, Parts, string[]]>([
    ["nothing", { a: "1", b: "2" }, { b: "2", a: "1" }, []],
    [
      "what was changed, added and removed",
      { a: "1", b: "2", c: "3" },
      { a: "1", b: "9", d: "4" },
      ["b", "c", "d"],
    ],
    ["a value that became empty", { target: "x" }, { target: "" }, ["target"]],
    ["the context, if no entry is known", { context: "1" }, { context: "2" }, ["context"]],
    [
      "the context's entries instead of the context",
      { context: "1", "context/src": "1", "context/doc": "1" },
      { context: "2", "context/src": "2", "context/doc": "1" },
      ["context/src"],
    ],
    [
      "the files, and the instruction that takes them",
      {
        context: "1",
        "context/src/a.c": "1",
        "files:COPY src": "a1 Dockerfile:7",
        "files:COPY doc": "b1 Dockerfile:8",
      },
      {
        context: "2",
        "context/src/a.c": "2",
        "files:COPY src": "a2 Dockerfile:9",
        "files:COPY doc": "b1 Dockerfile:10",
      },
      ["src/a.c (COPY src in Dockerfile:9)"],
    ],
    [
      "some of many files",
      {
        context: "1",
        ...Object.fromEntries(["a", "b", "c", "d"].map((name) => [`context/src/${name}`, "1"])),
        "files:COPY src/*": "a1 Dockerfile:7",
      },
      { context: "2", "files:COPY src/*": "a2 Dockerfile:7" },
      ["src/a, src/b, src/c and 1 more (COPY src/* in Dockerfile:7)"],
    ],
    [
      "an instruction whose files are unknown",
      { context: "1", "files:COPY src": "a1 Dockerfile:7", "whole-context": "x" },
      { context: "2", "files:COPY src": "a2 Dockerfile:7" },
      ["COPY src in Dockerfile:7"],
    ],
    [
      "nothing if only lines moved",
      { context: "1", "files:COPY src": "a1 Dockerfile:7" },
      { context: "1", "files:COPY src": "a1 Dockerfile:8" },
      [],
    ],
    [
      "both values of the epoch",
      { epoch: "2026-W47" },
      { epoch: "2026-W48" },
      ["epoch 2026-W47 to 2026-W48"],
    ],
    ["an added epoch", {}, { epoch: "2026-W48" }, ["epoch none to 2026-W48"]],
    ["a removed epoch", { epoch: "2026-W47" }, {}, ["epoch 2026-W47 to none"]],
  ])("names %s", (_, before, now, expected) => {
    const digest = digestOf("any");
    expect(changedParts({ digest, parts: before }, { digest, parts: now })).toEqual(expected);
  });
});
