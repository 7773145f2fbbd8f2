import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { configOf, variantOf } from "../../test/support/configs.ts";
import { planOf } from "../../test/support/plans.ts";
import type { Plan } from "./plan.ts";
import { findWholeContexts, hasWholeContext } from "./whole-context.ts";

let root = "";
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "layerkeep-whole-"));
  for (const path of ["app/main.go", "web/index.html", "docs/a.md", "go.mod", "notes.txt"]) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), "");
  }
  writeFileSync(join(root, ".dockerignore"), ".dockerignore\n.git\nnotes.txt\n");
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/**
 * A plan of a variant that takes its whole context, and of others with these parts and contexts.
 */
function planWith(
  others: Readonly<Record<string, { parts?: Record<string, string>; context?: string }>>,
): Plan {
  const sketch = { cache: { host: "h", path: "c" }, targets: [], platforms: ["linux/amd64"] };
  const plan = planOf({ ...sketch, variants: ["all", ...Object.keys(others)] });
  return {
    ...plan,
    legs: plan.legs.map((leg) => {
      const other = others[leg.variant];
      const parts = other?.parts ?? { "whole-context": "Dockerfile:2: COPY ." };
      const dockerfile = other === undefined ? "Dockerfile" : `${leg.variant}.Dockerfile`;
      const build = { ...leg.build, dockerfile, context: other?.context ?? "." };
      return {
        ...leg,
        input: { ...leg.input, parts: other === undefined ? parts : (other.parts ?? {}) },
        build,
      };
    }),
  };
}

const find = (plan: Plan, history?: string[][], inputs: string[] = []) =>
  findWholeContexts(configOf({ root, variants: [variantOf("all", { inputs })] }), plan, history);

describe("a variant that takes its whole context", () => {
  it("is reported with globs that leave out what others name, and how often each changed", () => {
    const plan = planWith({
      site: { context: "web" },
      docs: { parts: { "files:COPY docs": "1a2b docs.Dockerfile:2" } },
      part: { parts: { "files:COPY app/main.go": "1a2b part.Dockerfile:2" } },
    });
    const history = [["docs/a.md", "web/x"], ["docs/b.md"], ["app/main.go"], ["../other/file"]];
    expect(find(plan, history)).toEqual([
      {
        variant: "all",
        legs: ["all/linux/amd64"],
        where: "Dockerfile:2: COPY .",
        commits: { touched: 3, of: 4 },
        inputs: ["app/**", "go.mod"],
        leftOut: [
          { path: "docs", commits: 2 },
          { path: "web", commits: 1 },
        ],
        changesMost: [{ path: "app", commits: 1 }],
      },
    ]);
  });

  it("gets no globs if no other variant names any of it, or if git has no history", () => {
    const [alone] = find(planWith({}), [["app/x"]]);
    expect(alone).toMatchObject({ inputs: null, leftOut: [], changesMost: [{ path: "app" }] });
    expect(find(planWith({}))).toMatchObject([{ commits: null, changesMost: [] }]);
  });

  it("gets no suggestion if it is already narrowed", () => {
    expect(find(planWith({}), [], ["app"])).toEqual([]);
  });

  it("gets no list of a hundred globs", () => {
    for (let at = 0; at < 40; at++) writeFileSync(join(root, `file-${at}`), "");
    expect(find(planWith({ site: { context: "web" } }), [])).toMatchObject([{ inputs: null }]);
  });
});

it("reads no history if no leg takes its whole context", () => {
  const plan = planWith({});
  expect(hasWholeContext(plan)).toBe(true);
  expect(hasWholeContext({ ...plan, legs: [] })).toBe(false);
});
