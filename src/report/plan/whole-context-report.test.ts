import { describe, expect, it } from "vitest";
import type { WholeContext } from "../../plan/whole-context.ts";
import { renderWholeContexts } from "./whole-context-report.ts";

function whole(variant: string, changes: Partial<WholeContext> = {}): WholeContext {
  return {
    variant,
    legs: [`${variant}/linux/amd64`, `${variant}/linux/arm64`],
    where: "Dockerfile:2: COPY .",
    commits: { touched: 3, of: 200 },
    inputs: ["src/**"],
    leftOut: [{ path: "web", commits: 2 }],
    changesMost: [{ path: "src", commits: 1 }],
    ...changes,
  };
}

describe("renderWholeContexts", () => {
  it("prints nothing if there are none", () => {
    expect(renderWholeContexts([])).toEqual([]);
  });

  it("has one suggestion for all legs that share it", () => {
    const found = ["a", "b", "c", "d"].map((name) => whole(name));
    expect(renderWholeContexts(found)).toEqual([
      "8 legs use their entire context: every commit that changes it rebuilds the legs",
      "  a, b, c, and 1 more (8 legs): Dockerfile:2: COPY .; 3 of the last 200 commits changed it",
      "    most of these commits changed src (1)",
      '    if this is all they need, set inputs: ["src/**"]',
      "    this excludes files of other variants: web (2)",
    ]);
  });

  it("has {name} for a folder that is named as its variant", () => {
    const found = ["a", "b"].map((name, at) =>
      whole(name, {
        where: `${name}/Dockerfile:2: COPY .`,
        commits: { touched: at + 1, of: 200 },
        inputs: [`${name}/**`, "go.mod"],
        leftOut: [{ path: name === "a" ? "b" : "a", commits: at }],
        changesMost: [],
      }),
    );
    expect(renderWholeContexts(found).slice(1)).toEqual([
      "  a, b (4 legs): a/Dockerfile:2: COPY ., b/Dockerfile:2: COPY .; up to 2 of the last 200 commits changed it",
      '    if this is all they need, set inputs: ["{name}/**","go.mod"]',
      "    this excludes files of other variants: a (1), b (0)",
    ]);
    expect(renderWholeContexts(found.slice(0, 1))).toContain(
      '    if this is all it needs, set inputs: ["a/**","go.mod"]',
    );
  });

  it("has at most five, those that help most legs first, and counts the rest", () => {
    const none = { inputs: null, leftOut: [], changesMost: [], commits: null };
    const found = [
      whole("none", none),
      whole("nor", none),
      ...[1, 2, 3, 4, 5].map((at) => whole(`v${at}`, { inputs: [`${at}/**`] })),
      whole("w", { inputs: ["5/**"] }),
    ];
    const lines = renderWholeContexts(found);
    expect(lines.filter((line) => /^ {2}\S/.test(line))).toEqual([
      "  v5, w (4 legs): Dockerfile:2: COPY .; 3 of the last 200 commits changed it",
      ...[1, 2, 3, 4].map(
        (at) => `  v${at}: Dockerfile:2: COPY .; 3 of the last 200 commits changed it`,
      ),
      "  and 4 more legs: run `layerkeep plan --explain --json` to see all",
    ]);
  });
});
