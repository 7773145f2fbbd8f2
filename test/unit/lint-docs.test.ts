import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { lintDocs, renderLintDocs } from "../../scripts/lint-docs.ts";
import { allRules } from "../../src/lint/rules/all-rules.ts";

const ids = allRules.map(({ id }) => id);

it("the table of rules is up to date (npx tsx scripts/lint-docs.ts)", () => {
  const page = readFileSync(lintDocs, "utf8");
  expect(renderLintDocs(page)).toBe(page);
  expect(page).toContain(`| [${ids[0] ?? ""}](lint/`);
});

it("rules are in the order of their ids, and each has one id", () => {
  expect(ids).toEqual([...new Set(ids)].sort());
});
