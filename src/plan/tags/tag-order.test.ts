import { describe, expect, it } from "vitest";
import { decideMove, type MoveQuestion } from "./tag-order.ts";

const a = "a".repeat(40);
const b = "b".repeat(40);

interface Row {
  readonly title: string;
  readonly question: Partial<MoveQuestion>;
  readonly decision: { readonly move: boolean; readonly reason: string };
}

const semver: MoveQuestion = {
  order: "semver",
  current: { version: "1.2.3", revision: a },
  ours: { version: "1.2.4", revision: b },
  ancestry: "no",
};
const ancestry: MoveQuestion = { ...semver, order: "ancestry" };

describe("decideMove by semantic version", () => {
  it.each<Row>([
    {
      title: "moves to the newer version, whatever the commits",
      question: {},
      decision: { move: true, reason: "1.2.4 is newer than 1.2.3" },
    },
    {
      title: "stays for an older version",
      question: { ours: { version: "1.2.2", revision: b }, ancestry: "yes" },
      decision: { move: false, reason: "the tag is at 1.2.3, and 1.2.2 is older" },
    },
    {
      title: "compares numbers, not text",
      question: { current: { version: "1.9.0" }, ours: { version: "1.10.0" } },
      decision: { move: true, reason: "1.10.0 is newer than 1.9.0" },
    },
    {
      title: "keeps a release from a prerelease of it",
      question: { ours: { version: "1.2.3-rc.1" } },
      decision: { move: false, reason: "the tag is at 1.2.3, and 1.2.3-rc.1 is older" },
    },
    {
      title: "reads a version with a v",
      question: { current: { version: "v1.3.0" } },
      decision: { move: false, reason: "the tag is at 1.3.0, and 1.2.4 is older" },
    },
    {
      title: "moves to the same version built at a later commit",
      question: { ours: { version: "1.2.3", revision: b }, ancestry: "yes" },
      decision: { move: true, reason: "bbbbbbbbbbbb comes after aaaaaaaaaaaa" },
    },
    {
      title: "stays for the same version built at an earlier commit",
      question: { ours: { version: "1.2.3", revision: b }, ancestry: "no" },
      decision: {
        move: false,
        reason: "the tag is at aaaaaaaaaaaa, and bbbbbbbbbbbb does not come after it",
      },
    },
    {
      title: "moves over an index without a version",
      question: { current: {} },
      decision: {
        move: true,
        reason: "the tagged image has no version, so it might be newer",
      },
    },
    {
      title: "moves over an invalid version",
      question: { current: { version: "main" } },
      decision: {
        move: true,
        reason: "main is not a semantic version, so the tagged image might be newer",
      },
    },
    {
      title: "moves if our version is invalid",
      question: { ours: {} },
      decision: {
        move: true,
        reason: "ours is not a semantic version, so the tagged image might be newer",
      },
    },
    {
      title: "sets a new tag",
      question: { current: undefined },
      decision: { move: true, reason: "the tag is new" },
    },
  ])("$title", ({ question, decision }) => {
    expect(decideMove({ ...semver, ...question })).toEqual(decision);
  });
});

describe("decideMove by a version of PEP 440", () => {
  const python: MoveQuestion = { ...semver, order: "pep440" };

  it.each<Row>([
    {
      title: "moves from a candidate to the release",
      question: { current: { version: "1.2.3rc2" }, ours: { version: "1.2.3" } },
      decision: { move: true, reason: "1.2.3 is newer than 1.2.3rc2" },
    },
    {
      title: "stays at a post-release",
      question: { current: { version: "1.2.3.post1" }, ours: { version: "1.2.3" } },
      decision: { move: false, reason: "the tag is at 1.2.3.post1, and 1.2.3 is older" },
    },
    {
      title: "compares numbers in any spelling, not text",
      question: { current: { version: "v2026.9" }, ours: { version: "2026.10.0" } },
      decision: { move: true, reason: "2026.10.0 is newer than 2026.9" },
    },
    {
      title: "lets the commits decide on one version",
      question: {
        current: { version: "1.2", revision: a },
        ours: { version: "1.2.0", revision: b },
      },
      decision: {
        move: false,
        reason: "the tag is at aaaaaaaaaaaa, and bbbbbbbbbbbb does not come after it",
      },
    },
    {
      title: "moves over what is no such version",
      question: { current: { version: "main" } },
      decision: {
        move: true,
        reason: "main is not a PEP 440 version, so the tagged image might be newer",
      },
    },
  ])("$title", ({ question, decision }) => {
    expect(decideMove({ ...python, ...question })).toEqual(decision);
  });
});

describe("decideMove by ancestry", () => {
  it.each<Row>([
    {
      title: "moves to a descendant, whatever the versions",
      question: { ancestry: "yes", ours: { version: "0.1.0", revision: b } },
      decision: { move: true, reason: "bbbbbbbbbbbb comes after aaaaaaaaaaaa" },
    },
    {
      title: "stays for anything else",
      question: { ancestry: "no" },
      decision: {
        move: false,
        reason: "the tag is at aaaaaaaaaaaa, and bbbbbbbbbbbb does not come after it",
      },
    },
    {
      title: "moves to the same commit",
      question: { ancestry: "same" },
      decision: { move: true, reason: "the tag is at the same commit, aaaaaaaaaaaa" },
    },
    {
      title: "moves if the ancestry is unknown",
      question: { ancestry: "unknown" },
      decision: {
        move: true,
        reason: "it is unknown whether bbbbbbbbbbbb comes after aaaaaaaaaaaa",
      },
    },
    {
      title: "moves over an index without a commit",
      question: { current: { version: "1.2.3" } },
      decision: {
        move: true,
        reason: "the tagged image has no commit, so it might be newer",
      },
    },
    {
      title: "sets a new tag",
      question: { current: undefined },
      decision: { move: true, reason: "the tag is new" },
    },
  ])("$title", ({ question, decision }) => {
    expect(decideMove({ ...ancestry, ...question })).toEqual(decision);
  });
});

it("moves a tag that identifies one build", () => {
  expect(decideMove({ ...semver, order: "none", ours: { version: "0.0.1" } })).toEqual({
    move: true,
    reason: "the tag identifies one build",
  });
});
