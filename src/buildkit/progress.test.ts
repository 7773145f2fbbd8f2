import { describe, expect, it } from "vitest";
import { isStep, Progress } from "./progress.ts";
import { parseSolveStatus } from "./rawjson.ts";

const at = (second: number): string => `2026-11-21T04:00:${String(second).padStart(2, "0")}Z`;

function progressOf(...lines: readonly object[]): Progress {
  const progress = new Progress();
  for (const line of lines) {
    const status = parseSolveStatus(JSON.stringify(line));
    if (status !== undefined) progress.add(status);
  }
  return progress;
}

function vertex(name: string, rest: object = {}): object {
  return { digest: `sha256:${name}`, name, ...rest };
}

describe("Progress", () => {
  it("counts instructions that ran and that were cached, in the order of their start", () => {
    const progress = progressOf({
      vertexes: [
        vertex("[internal] load build definition from Dockerfile", {
          started: at(0),
          completed: at(1),
        }),
        vertex("[build 1/3] FROM busybox", { started: at(1), completed: at(2) }),
        vertex("[build 3/3] RUN make", { started: at(3), completed: at(7) }),
        vertex("[linux/arm64 build 2/3] COPY . .", {
          started: at(2),
          completed: at(3),
          cached: true,
        }),
        vertex("exporting to image", { started: at(8), completed: at(9) }),
      ],
    });
    expect(progress.summary()).toEqual({
      steps: [
        { name: "[linux/arm64 build 2/3] COPY . .", cached: true, ms: 0, error: undefined },
        { name: "[build 3/3] RUN make", cached: false, ms: 4_000, error: undefined },
      ],
      failed: undefined,
      cacheExportError: undefined,
      cacheImportErrors: [],
      warnings: [],
    });
    expect(progress.counts()).toEqual({ done: 2, cached: 1 });
  });

  it("keeps calling a step cached when its layers are pulled afterwards", () => {
    const name = "[build 2/2] RUN heavy";
    const progress = progressOf(
      { vertexes: [vertex(name, { started: at(1), cached: true })] },
      { vertexes: [vertex(name, { started: at(1), completed: at(2), cached: true })] },
      { vertexes: [vertex(name, { started: at(2) })] },
      { vertexes: [vertex(name, { started: at(2), completed: at(5) })] },
    );
    expect(progress.summary().steps).toEqual([{ name, cached: true, ms: 0, error: undefined }]);
  });

  it("names the step that failed, not those that were cancelled with it, and keeps its log", () => {
    const progress = progressOf(
      {
        vertexes: [
          vertex("[a 2/2] RUN slow", { started: at(1) }),
          vertex("[b 2/2] RUN false", { started: at(1) }),
        ],
      },
      {
        logs: [
          {
            vertex: "sha256:[b 2/2] RUN false",
            stream: 2,
            data: Buffer.from("one\ntw").toString("base64"),
          },
        ],
      },
      {
        logs: [
          {
            vertex: "sha256:[b 2/2] RUN false",
            stream: 2,
            data: Buffer.from("o\nthree").toString("base64"),
          },
        ],
      },
      {
        vertexes: [
          vertex("[a 2/2] RUN slow", {
            started: at(1),
            completed: at(2),
            error: "context canceled",
          }),
        ],
      },
      {
        vertexes: [
          vertex("[b 2/2] RUN false", { started: at(1), completed: at(2), error: "exit code: 1" }),
        ],
      },
    );
    expect(progress.summary().failed).toEqual({
      name: "[b 2/2] RUN false",
      error: "exit code: 1",
      log: ["one", "two", "three"],
    });
  });

  it("tells caches that failed apart from steps that failed", () => {
    const progress = progressOf({
      vertexes: [
        vertex("importing cache manifest from a/b:c", {
          started: at(1),
          completed: at(2),
          error: "not found",
        }),
        vertex("exporting cache to registry", {
          started: at(3),
          completed: at(4),
          error: "refused",
        }),
      ],
    });
    expect(progress.summary()).toEqual({
      steps: [],
      failed: undefined,
      cacheExportError: "refused",
      cacheImportErrors: ["importing cache manifest from a/b:c: not found"],
      warnings: [],
    });
  });

  it("keeps the last forty lines of a step", () => {
    const data = Array.from({ length: 100 }, (_, index) => `line ${index}\n`).join("");
    const progress = progressOf(
      { vertexes: [vertex("[a 2/2] RUN x", { started: at(1) })] },
      {
        logs: [
          { vertex: "sha256:[a 2/2] RUN x", stream: 1, data: Buffer.from(data).toString("base64") },
        ],
      },
      {
        vertexes: [
          vertex("[a 2/2] RUN x", { started: at(1), completed: at(2), error: "exit code: 2" }),
        ],
      },
    );
    const log = progress.summary().failed?.log ?? [];
    expect([log.length, log[0], log.at(-1)]).toEqual([40, "line 60", "line 99"]);
  });

  it("does not break a character that two log messages share", () => {
    const bytes = Buffer.from("Grüße\n");
    const progress = new Progress();
    const lines = [bytes.subarray(0, 3), bytes.subarray(3)].flatMap((data) =>
      progress.add({ vertexes: [], logs: [{ vertex: "v", data }], warnings: [] }),
    );
    expect(lines).toEqual([{ step: "", line: "Grüße" }]);
  });
});

describe("isStep", () => {
  it.each([
    ["[2/3] RUN x", true],
    ["[build 2/3] RUN x", true],
    ["[linux/arm64 build 2/3] COPY a b", true],
    ["[stage-1 10/12] WORKDIR /", true],
    ["[build 1/3] FROM busybox", false],
    ["[internal] load build context", false],
    ["[context base] load metadata for x", false],
    ["exporting to image", false],
  ])("%s: %s", (name, expected) => {
    expect(isStep(name)).toBe(expected);
  });
});

describe("parseSolveStatus", () => {
  it.each(["", "ERROR: failed to solve", "{not json", "[]", "null"])(
    "is undefined for %j",
    (line) => {
      expect(parseSolveStatus(line)).toBeUndefined();
    },
  );

  it("makes names harmless", () => {
    const line = JSON.stringify({ vertexes: [{ digest: "d", name: "\u001b[31m[1/1] RUN\nx" }] });
    expect(parseSolveStatus(line)?.vertexes[0]?.name).toBe("[1/1] RUN x");
  });
});
