import { readdirSync, readFileSync } from "node:fs";
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

it("every rule has a page, and every page a rule", () => {
  expect(readdirSync("docs/lint").sort()).toEqual(ids.map((id) => `${id}.md`));
});

it.each(ids)("the page of %s has its title, why, and examples of both kinds", (id) => {
  const page = readFileSync(`docs/lint/${id}.md`, "utf8");
  expect(page.startsWith(`# ${id}\n`)).toBe(true);
  for (const word of ["Why", "Bad", "Good"]) expect(page).toContain(word);
  expect(page.match(/```yaml\n/g)?.length ?? 0).toBeGreaterThanOrEqual(2);
  expect(page.split("\n").length).toBeLessThan(80);
});
