import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { inputOf, lintOptions } from "../../test/support/lint.ts";
import type { LintResult } from "./lint.ts";
import { lintInput } from "./lint-input.ts";
import type { Rule } from "./rule.ts";
import { allRules } from "./rules/all-rules.ts";

/**
 * `docs/lint/RULE.md`. Each `yaml` block of an example is a whole workflow. A `dockerfile` block is
 * the Dockerfile of its section, and of the good example if that has none; a `text` block lists more
 * files of the repository.
 */
const pages = join(import.meta.dirname, "..", "..", "docs", "lint");

it("there is a page for each rule, and no other", () => {
  expect(readdirSync(pages).sort()).toEqual(allRules.map(({ id }) => `${id}.md`));
});

describe.each(allRules)("the page of $id", (rule) => {
  const text = readFileSync(join(pages, `${rule.id}.md`), "utf8");
  const sections = sectionsOf(text);
  const section = (title: string): string => sections.get(title) ?? "";
  const files = blocksIn(section("Bad"));

  it("has the same parts as the others, and is short", () => {
    expect([...sections.keys()]).toEqual([
      `# ${rule.id}`,
      "Why",
      "Bad",
      "Good",
      "What is not reported",
      "Silence it",
    ]);
    expect(section(`# ${rule.id}`)).toMatch(
      new RegExp(`^\n(?:Reports .*[.])\n\nSeverity: .*\\b${rule.severity}\\b.*[.] Fix: .*[.]\n\n$`),
    );
    expect(section("Silence it")).toMatch(`# layerkeep: ignore[${rule.id}] `);
    expect(text.trimEnd().split("\n").length).toBeLessThanOrEqual(60);
  });

  it("has bad examples that the rule reports", () => {
    const results = examplesIn(section("Bad"), files).map((example) => lint(example, rule));
    expect(results.length).toBeGreaterThan(0);
    for (const { findings } of results) expect(findings).not.toEqual([]);
  });

  it("has good examples that it does not report", () => {
    const results = examplesIn(section("Good"), files).map((example) => lint(example, rule));
    expect(results.length).toBeGreaterThan(0);
    for (const result of results) expect(result).toEqual({ findings: [], uncertain: [] });
  });
});

/** Title and text; what is above the first title belongs to the page's own. */
function sectionsOf(text: string): ReadonlyMap<string, string> {
  return new Map(
    text.split(/^## /m).map((part) => {
      const end = part.indexOf("\n");
      return [part.slice(0, end), part.slice(end + 1)];
    }),
  );
}

interface Block {
  readonly language: string;
  readonly text: string;
}

function blocksIn(section: string): readonly Block[] {
  return [...section.matchAll(/^```(\w+)\n([^]*?)^```$/gm)].map(
    ([, language = "", text = ""]): Block => ({ language, text }),
  );
}

/** Texts by path. */
type Files = Readonly<Record<string, string>>;

const workflow = ".github/workflows/example.yml";

/** One repository for each workflow of a section. */
function examplesIn(section: string, shared: readonly Block[]): readonly Files[] {
  const own = blocksIn(section);
  const others = Object.fromEntries([...shared, ...own].flatMap(filesOf));
  return own.flatMap(({ language, text }) =>
    language === "yaml" ? [{ ...others, [workflow]: text }] : [],
  );
}

function filesOf({ language, text }: Block): readonly (readonly [string, string])[] {
  if (language === "dockerfile") return [["Dockerfile", text]];
  return language === "text"
    ? text
        .trimEnd()
        .split("\n")
        .map((path) => [path, ""])
    : [];
}

function lint(files: Files, rule: Rule): Pick<LintResult, "findings" | "uncertain"> {
  const linted = lintInput(inputOf(files, [workflow]), lintOptions(rule));
  expect(linted).toMatchObject({ problems: [], checked: [workflow] });
  return { findings: linted.findings, uncertain: linted.uncertain };
}
