import { expect, test } from "vitest";
import { maskOf } from "../../secrets.ts";
import { isStep, Progress } from "./progress.ts";
import { parseSolveStatus, type SolveStatus, type Vertex } from "./rawjson.ts";

const none = { vertexes: [], statuses: [], logs: [], warnings: [] };

function vertex(name: string, more: Partial<Vertex> = {}): Vertex {
  return {
    digest: `sha256:${name}`,
    name,
    inputs: [],
    started: undefined,
    completed: undefined,
    cached: false,
    error: undefined,
    ...more,
  };
}

function ran(name: string, seconds: readonly [number, number], more: Partial<Vertex> = {}): Vertex {
  const time = (second: number): string => new Date(second * 1000).toISOString();
  return vertex(name, { started: time(seconds[0]), completed: time(seconds[1]), ...more });
}

function progressOf(...statuses: Partial<SolveStatus>[]): Progress {
  const progress = new Progress();
  for (const status of statuses) progress.add({ ...none, ...status });
  return progress;
}

function log(name: string, text: string): Partial<SolveStatus> {
  return { logs: [{ vertex: `sha256:${name}`, data: Buffer.from(text) }] };
}

test.each([
  ["[1/3] RUN make", true],
  ["[build 12/30] COPY a b", true],
  ["[linux/arm64 build 3/5] RUN make", true],
  ["[build 1/3] FROM docker.io/library/alpine:3", false],
  ["[internal] load build definition from Dockerfile", false],
  ["[context base 1/2] load", false],
  ["exporting to image", false],
])("%s is an instruction: %s", (name, expected) => {
  expect(isStep(name)).toBe(expected);
});

test("lists steps in the order of their start, cached ones without a duration", () => {
  const progress = progressOf(
    { vertexes: [ran("[2/3] RUN b", [10, 12]), ran("[1/3] RUN a", [9, 9], { cached: true })] },
    {
      vertexes: [ran("[internal] load metadata", [1, 2]), vertex("[3/3] RUN c", { started: "x" })],
    },
  );
  expect(progress.summary()).toEqual({
    steps: [
      { name: "[1/3] RUN a", cached: true, ms: 0, error: undefined },
      {
        ...{ name: "[2/3] RUN b", cached: false, ms: 2000, error: undefined },
        ended: "1970-01-01T00:00:12.000Z",
      },
    ],
    failed: undefined,
    cacheExports: [],
    cacheImportErrors: [],
    warnings: [],
    logs: [],
  });
  expect(progress.counts()).toMatchObject({ done: 2, cached: 1 });
  expect(progress.current).toBe("[3/3] RUN c");
});

test("a later status of a vertex replaces an earlier one", () => {
  const progress = progressOf(
    { vertexes: [vertex("[1/1] RUN a", { started: "2026-11-21T04:00:00Z" })] },
    { vertexes: [ran("[1/1] RUN a", [0, 3])] },
  );
  expect(progress.summary().steps).toEqual([
    {
      ...{ name: "[1/1] RUN a", cached: false, ms: 3000, error: undefined },
      ended: "1970-01-01T00:00:03.000Z",
    },
  ]);
});

test("reports the failed step with the end of its log, not the steps that were cancelled", () => {
  const lines = Array.from({ length: 50 }, (_, index) => `line ${index}\n`).join("");
  const progress = progressOf(
    { vertexes: [ran("[1/2] RUN a", [0, 1], { error: "context canceled" })] },
    { vertexes: [ran("[2/2] RUN b", [0, 1], { error: "exit code: 7" })] },
    log("[2/2] RUN b", lines),
    log("[2/2] RUN b", "the end, without a newline"),
  );
  expect(progress.summary().failed).toEqual({
    name: "[2/2] RUN b",
    error: "exit code: 7",
    log: [
      ...Array.from({ length: 40 }, (_, index) => `line ${index + 10}`),
      "the end, without a newline",
    ],
  });
});

test("says whether there was nothing to export", () => {
  const exported = ran("exporting cache to registry", [0, 1]);
  const other = ran("exporting cache to client directory", [0, 1]);
  const status = (id: string) => ({ vertex: exported.digest, id });
  const progress = progressOf({
    vertexes: [exported, other],
    statuses: [
      status("preparing build cache for export"),
      status("skipping cache export for empty result"),
    ],
  });
  expect(progress.summary().cacheExports).toMatchObject([
    { type: "registry", skipped: true },
    { type: "local", skipped: false },
  ]);
});

test("does not fail if a cache could not be read or written", () => {
  const progress = progressOf({
    vertexes: [
      ran("importing cache manifest from a:b", [0, 1], { error: "a:b: not found" }),
      ran("exporting cache to registry", [0, 1], { error: "403 Forbidden\ndenied: read only" }),
      ran("exporting to GitHub Actions Cache", [0, 1], { error: "permission_denied" }),
      ran("exporting cache to Amazon S3", [0, 1]),
      ran("exporting cache to somewhere new", [0, 1], { error: "no" }),
    ],
  });
  progress.note(
    "WARNING: local cache import at /x not found due to err: /x: no such file or directory",
  );
  progress.note("anything else");
  expect(progress.summary()).toMatchObject({
    failed: undefined,
    cacheExports: [
      {
        name: "exporting cache to registry",
        type: "registry",
        skipped: false,
        error: "403 Forbidden: denied: read only",
      },
      { name: "exporting to GitHub Actions Cache", type: "gha", error: "permission_denied" },
      { name: "exporting cache to Amazon S3", type: "s3", error: undefined },
      { name: "exporting cache to somewhere new", type: undefined, error: "no" },
    ],
    cacheImportErrors: [
      "importing cache manifest from a:b: a:b: not found",
      "local cache import at /x not found due to err: /x: no such file or directory",
    ],
  });
});

test("keeps each warning once, and fifty at most", () => {
  const warning = { short: "a", detail: "", url: undefined, file: "Dockerfile", line: 1 };
  const many = Array.from({ length: 60 }, (_, line) => ({ ...warning, line }));
  expect(progressOf({ warnings: [warning] }, { warnings: [warning] }).summary().warnings).toEqual([
    warning,
  ]);
  expect(progressOf({ warnings: many }).summary().warnings).toHaveLength(50);
});

test("joins lines that arrive in pieces, even within a character, and makes them harmless", () => {
  const progress = new Progress();
  const euro = Buffer.from("€");
  const add = (data: Buffer) =>
    progress.add({ ...none, logs: [{ vertex: "sha256:[1/1] RUN a", data }] });
  progress.add({ ...none, vertexes: [vertex("[1/1] RUN a")] });
  expect(add(Buffer.concat([Buffer.from("5 "), euro.subarray(0, 1)]))).toEqual([]);
  expect(add(Buffer.concat([euro.subarray(1), Buffer.from("\n::x\n\u001b[1mend")]))).toEqual([
    { step: "[1/1] RUN a", line: "5 €" },
    { step: "[1/1] RUN a", line: ": :x" },
  ]);
  expect(add(Buffer.from("\n"))).toEqual([{ step: "[1/1] RUN a", line: "end" }]);
});

test("keeps what each step printed, and what else printed something", () => {
  const progress = progressOf(
    { vertexes: [ran("[1/2] RUN a", [0, 1]), ran("[2/2] RUN b", [1, 2]), ran("loading", [0, 1])] },
    log("[2/2] RUN b", "one\n\u001b[31mtwo"),
    log("loading", "file\n"),
  );
  expect(progress.summary().logs).toEqual([
    {
      step: "[2/2] RUN b",
      lines: {
        head: ["one"],
        left: { lines: 0, bytes: 0 },
        tail: ["\u001b[31mtwo\u001b[0m"],
      },
    },
    { step: "loading", lines: { head: ["file"], left: { lines: 0, bytes: 0 }, tail: [] } },
  ]);
});

test("cuts an endless line instead of buffering it", () => {
  const progress = progressOf(
    { vertexes: [ran("[1/1] RUN a", [0, 1], { error: "exit code: 1" })] },
    log("[1/1] RUN a", "x".repeat(100_000)),
  );
  expect(progress.summary().failed?.log).toEqual(["[a line of 100000 characters was omitted]"]);
});

test("parses a status of buildx", () => {
  const line = JSON.stringify({
    vertexes: [
      {
        digest: "sha256:a",
        inputs: ["sha256:b"],
        name: "[1/1] RUN a\n\u001b[1mb",
        started: "2026-11-21T04:42:26.704664793Z",
        completed: "2026-11-21T04:42:27Z",
        cached: true,
        error: "\u001b[31mno",
      },
    ],
    statuses: [{ id: "x" }],
    logs: [{ vertex: "sha256:a", stream: 2, data: Buffer.from("out\n").toString("base64") }],
    warnings: [
      {
        short: Buffer.from("JSONArgs\u001b[0m").toString("base64"),
        detail: [Buffer.from("why\n::error::x").toString("base64")],
        url: "https://docs.docker.com/x",
        sourceInfo: { filename: "Dockerfile", data: "…" },
        range: [{ start: { line: 3 }, end: { line: 4 } }],
      },
      {},
    ],
  });
  expect(parseSolveStatus(line)).toEqual({
    vertexes: [
      {
        digest: "sha256:a",
        name: "[1/1] RUN a b",
        inputs: ["sha256:b"],
        started: "2026-11-21T04:42:26.704664793Z",
        completed: "2026-11-21T04:42:27Z",
        cached: true,
        error: "no",
      },
    ],
    statuses: [{ vertex: "", id: "x" }],
    logs: [{ vertex: "sha256:a", data: Buffer.from("out\n") }],
    warnings: [
      {
        short: "JSONArgs",
        detail: "why ::error::x",
        url: "https://docs.docker.com/x",
        file: "Dockerfile",
        line: 3,
      },
      { short: "", detail: "", url: undefined, file: undefined, line: undefined },
    ],
  });
});

test.each(["ERROR: failed to solve", "", "{", "[]", "null", "{}x"])(
  "%j is not a status",
  (line) => {
    expect(parseSolveStatus(line)).toBeUndefined();
  },
);

test("a status of other shapes is empty", () => {
  expect(parseSolveStatus('{"vertexes":7,"logs":[1],"warnings":null}')).toEqual(none);
  expect(parseSolveStatus('{"vertexes":[{}]}')).toEqual({
    ...none,
    vertexes: [{ ...vertex(""), digest: "" }],
  });
});

test("masks secrets in steps, errors, output and warnings, but not in what names a vertex's kind", () => {
  const progress = new Progress(maskOf(["hunter2", "registry", "RUN "]));
  const lines = progress.add({
    ...none,
    vertexes: [
      ran("[1/2] RUN echo hunter2", [1, 2], { error: "echo hunter2 failed" }),
      ran("exporting cache to registry", [3, 4]),
    ],
    ...log("[1/2] RUN echo hunter2", "a hunter2\nb hunter2"),
    warnings: [
      { short: "hunter2", detail: "hunter2", url: undefined, file: undefined, line: undefined },
    ],
  });
  const step = "[1/2] ***echo ***";
  const error = "echo *** failed";
  expect(lines).toEqual([{ step, line: "a ***" }]);
  expect(progress.summary()).toMatchObject({
    steps: [{ name: step, error }],
    failed: { name: step, error, log: ["a ***", "b ***"] },
    cacheExports: [{ name: "exporting cache to registry", type: "registry" }],
    warnings: [{ short: "***", detail: "***" }],
    logs: [{ step, lines: { head: ["a ***"], tail: ["b ***"] } }],
  });
});
