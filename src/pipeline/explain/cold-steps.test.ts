import { describe, expect, it } from "vitest";
import { digestOf } from "../../oci/digest.ts";
import type { Step } from "../../buildkit/progress/progress.ts";
import type { BuildRecord } from "../records/build-record.ts";
import type { CacheFinding } from "./cache-finding.ts";
import { missedSteps } from "./cold-steps.ts";
import { isCold } from "./explain-leg.ts";

const parts = { "arg:V": "1", context: "1", "files:COPY src": "1 Dockerfile:4", dockerfile: "1" };

/** A build of three steps; the named ones ran, for two seconds each. */
function build(ran: readonly string[], changes: Partial<BuildRecord> = {}): BuildRecord {
  const steps = ["RUN heavy", "COPY src /src", "RUN light"].map((text, index) => ({
    name: `[${index + 2}/4] ${text}`,
    cached: !ran.includes(text),
    ms: ran.includes(text) ? 2000 : 0,
    error: undefined,
  }));
  return {
    schema: "layerkeep.record.v1",
    leg: "app/linux/amd64",
    result: "built",
    startedAt: "2026-11-21T04:05:06Z",
    seconds: 9,
    input: { digest: digestOf("x"), parts },
    bypass: "none",
    commit: "c".repeat(40),
    ref: "refs/heads/main",
    run: null,
    steps,
    failure: null,
    digest: null,
    cache: {
      from: [{ type: "registry", attributes: { ref: "h/c:cache" } }],
      unread: [],
      to: [{ type: "registry", attributes: { ref: "h/c:cache", mode: "max" } }],
      written: "yes",
      trouble: null,
    },
    ...changes,
  };
}

const all = ["RUN heavy", "COPY src /src", "RUN light"];
const before = build(all);
const withParts = (changes: Readonly<Record<string, string>>): Partial<BuildRecord> => ({
  input: { digest: digestOf(JSON.stringify(changes)), parts: { ...parts, ...changes } },
});
const withCache = (changes: Partial<BuildRecord["cache"]>): Partial<BuildRecord> => ({
  cache: { ...before.cache, ...changes },
});

/** The cause codes of the steps that ran; null if an earlier step is the cause. */
function codes(
  last: BuildRecord,
  earlier: readonly BuildRecord[] = [before],
  caches: readonly CacheFinding[] = [],
): (string | null)[] {
  return missedSteps(last, { earlier, caches }).map(({ cause }) => cause?.code ?? null);
}

function renumbered(step: Step, index: number): Step {
  return { ...step, name: step.name.replace(/\d+(?=\/)/, String(index + 2)) };
}

describe("a step that ran", () => {
  it("is explained by the changed input that it takes; later steps follow from it", () => {
    const changed = withParts({ context: "2", "files:COPY src": "2 Dockerfile:4" });
    const last = build(["COPY src /src", "RUN light"], changed);
    expect(missedSteps(last, { earlier: [before] })).toEqual([
      {
        step: "[3/4] COPY src /src",
        seconds: 2,
        cause: { code: "files", text: "changed: COPY src in Dockerfile:4" },
      },
      { step: "[4/4] RUN light", seconds: 2, cause: null },
    ]);
    expect(isCold(missedSteps(last, { earlier: [before] }))).toBe(false);
  });

  it("is not explained by a file that it does not take, but by its cache", () => {
    const changed = withParts({ context: "2", "files:COPY src": "2 Dockerfile:4" });
    const last = build(all, { ...changed, ...withCache({ absent: ["h/c:cache: not found"] }) });
    expect(codes(last)).toEqual(["cache-absent", null, null]);
    expect(isCold(missedSteps(last, { earlier: [before] }))).toBe(true);
  });

  it("is explained by being new in the Dockerfile", () => {
    const other = build(all, {
      steps: before.steps.map((step) => ({ ...step, name: step.name.replace("heavy", "old") })),
    });
    expect(codes(build(all, withParts({ dockerfile: "2" })), [other])).toEqual([
      "dockerfile",
      null,
      null,
    ]);
  });

  it("is explained by other instructions before it, or by one without a step, such as ENV", () => {
    const changed = withParts({ dockerfile: "2" });
    const other = build(all, { steps: [...before.steps].reverse().map(renumbered) });
    expect(codes(build(all, changed), [other])).toEqual(["dockerfile", null, null]);
    expect(codes(build(["RUN light"], changed), [before])).toEqual(["dockerfile"]);
  });

  it("is not explained by an instruction of another stage", () => {
    const stages = (light: string): readonly Step[] => [
      ...before.steps.slice(0, 1),
      { name: `[other 2/2] RUN ${light}`, cached: false, ms: 1, error: undefined },
    ];
    const steps = stages("new").map((step) => ({ ...step, cached: false }));
    const last = build([], { ...withParts({ dockerfile: "2" }), steps });
    expect(codes(last, [build([], { steps: stages("old") })])).toEqual(["unknown", "dockerfile"]);
  });

  it.each<[string, readonly BuildRecord[], Partial<BuildRecord>]>([
    ["the first build", [], {}],
    ["a build after failed ones", [build([], { result: "failed" })], {}],
    ["--cold", [before], { bypass: "caches" }],
    ["a changed Dockerfile", [before], withParts({ dockerfile: "2" })],
  ])("does not make %s a cold build", (_, earlier, changes) => {
    const last = build(all, changes);
    expect(isCold(missedSteps(last, { earlier }))).toBe(false);
  });

  it.each<[string, Partial<BuildRecord>, Partial<BuildRecord>, string]>([
    ["it was asked to", { bypass: "caches" }, {}, "caches-left-aside"],
    ["an argument changed", withParts({ "arg:V": "2" }), {}, "argument"],
    ["its cache was unreadable", withCache({ unread: ["403"] }), {}, "cache-unreadable"],
    ["no cache is configured", withCache({ from: [] }), {}, "no-cache"],
    ["the previous build wrote none", {}, withCache({ written: "not-asked" }), "cache-not-written"],
    [
      "the previous build failed to write one",
      {},
      withCache({ written: "failed", trouble: "403" }),
      "cache-not-written",
    ],
    [
      "what was written is too large",
      {},
      withCache({ written: "failed", trouble: "the cache is too large to import" }),
      "cache-too-large",
    ],
    [
      "the cache has only the last stage",
      {},
      withCache({ to: [{ type: "inline", attributes: {} }] }),
      "cache-min",
    ],
    ["the cause is unknown", {}, {}, "unknown"],
  ])("ran because %s", (_, last, earlier, code) => {
    expect(codes(build(all, last), [build(all, earlier)])).toEqual([code, null, null]);
  });

  it("is explained by a first build, or by builds that all failed", () => {
    expect(codes(before, [])).toEqual(["first-build", null, null]);
    expect(codes(before, [build([], { result: "failed" })])).toEqual(["failed-before", null, null]);
  });

  it("is explained by a cache of an older build with other inputs", () => {
    const older = build(all, withParts({ "arg:V": "0" }));
    const unwritten = build(all, withCache({ written: "failed", trouble: "no space" }));
    const [first] = missedSteps(build(all), { earlier: [unwritten, older] });
    expect(first?.cause?.text).toBe(
      "its inputs are unchanged, but the build of 2026-11-21 04:05 wrote no cache: no space; the cache is from 2026-11-21 04:05, before argument V: 0 to 1",
    );
  });

  it("is explained by the cache as it is now, if the record has no reason", () => {
    const finding = (state: CacheFinding["state"]): CacheFinding[] => [
      { type: "registry", cache: "h/c:cache", state, text: "the cache h/c:cache …" },
    ];
    expect(codes(build(all), [before], finding("absent"))[0]).toBe("cache-absent");
    expect(codes(build(all), [before], finding("too-large"))[0]).toBe("cache-too-large");
    expect(codes(build(all), [before], finding("there"))[0]).toBe("unknown");
  });
});

it("names the changed parent of a step, whether its stage is built on it or it copies from it", () => {
  const steps = [
    "[build 2/2] RUN make",
    "[stage-1 1/2] COPY --from=lib /x /",
    "[stage-1 2/2] RUN x",
  ];
  const ran = steps.map((name) => ({ name, cached: false, ms: 1, error: undefined }));
  const of = (text: string) => withParts({ "parent:base": text, "parent:lib": text });
  const facts = { base: undefined, args: new Set<string>(), images: new Set<string>() };
  const model = {
    stages: new Map([
      ["build", { ...facts, images: new Set(["base"]) }],
      ["stage-1", facts],
    ]),
    instructions: new Map(),
    refresh: undefined,
  };
  const earlier = [build([], { steps: ran, ...of("1") })];
  const last = build([], { steps: ran, ...of("2") });
  const causes = missedSteps(last, { earlier, model }).map(({ cause }) => cause?.code ?? null);
  expect(causes).toEqual(["parent", "parent", null]);
});

it("follows a stage that it copies from, and its base stage", () => {
  const steps = [
    { name: "[deps 2/2] RUN npm ci", cached: false, ms: 1, error: undefined },
    { name: "[build 1/1] RUN npm run build", cached: false, ms: 1, error: undefined },
    { name: "[stage-2 1/1] COPY --from=deps /x /x", cached: false, ms: 1, error: undefined },
  ];
  const facts = { args: new Set<string>(), images: new Set<string>() };
  const model = {
    stages: new Map([["build", { ...facts, base: "deps" }]]),
    instructions: new Map(),
    refresh: undefined,
  };
  const last = build([], { steps, bypass: "caches" });
  const causes = missedSteps(last, { earlier: [], model }).map(({ cause }) => cause?.code ?? null);
  expect(causes).toEqual(["caches-left-aside", null, null]);
});
