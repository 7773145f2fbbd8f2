import { describe, expect, it } from "vitest";
import { digestOf } from "../../oci/digest.ts";
import { describeChange, inputChanges } from "./input-changes.ts";

type Parts = Readonly<Record<string, string>>;

/** The descriptions of what differs between two builds' inputs. */
function said(before: Parts, now: Parts): string[] {
  const summary = (parts: Parts) => ({ digest: digestOf(JSON.stringify(parts)), parts });
  return inputChanges(summary(before), summary(now)).map(describeChange);
}

const moved = `sha256:${"a".repeat(64)}`;

describe("what differs between two builds", () => {
  it("is described with both values, digests shortened", () => {
    expect(
      said(
        { "arg:V": "1", "pin:image:busybox:1": digestOf("x"), epoch: "2026-W46", dockerfile: "a" },
        { "arg:V": "2", "pin:image:busybox:1": moved, epoch: "2026-W47", dockerfile: "b", new: "" },
      ),
    ).toEqual([
      "argument V: 1 to 2",
      `base image busybox:1: ${digestOf("x").slice(0, 19)} to sha256:aaaaaaaaaaaa`,
      "epoch: 2026-W46 to 2026-W47",
      "the Dockerfile",
      'new: none to ""',
    ]);
  });

  it("is described by the files and the instruction that takes them", () => {
    expect(
      said(
        { context: "1", "context/src/a": "1", "context/doc": "1", "files:COPY src": "1 D:2" },
        { context: "2", "context/src/a": "2", "context/doc": "2", "files:COPY src": "2 D:3" },
      ),
    ).toEqual(["doc", "src/a (COPY src in D:3)"]);
  });

  it("does not include a line that moved, nor why the whole context counts", () => {
    expect(
      said(
        { context: "1", "files:COPY src": "1 D:2", "whole-context": "D:2: COPY ." },
        { context: "1", "files:COPY src": "1 D:9", "whole-context": "D:9: COPY ." },
      ),
    ).toEqual([]);
  });

  it("is the whole context if nothing finer is known, with names as they are", () => {
    expect(said({ context: "1", other: "x" }, { context: "2" })).toEqual([
      "context",
      "other: x to none",
    ]);
  });
});
