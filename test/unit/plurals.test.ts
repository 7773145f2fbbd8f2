import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { expect, it } from "vitest";

/** Nouns that are counted in texts. */
const nouns =
  /^ (?:more )?(?:images|legs|variants|files|folders|tags|steps|caches|records|entries|blobs|layers|manifests|jobs|builds|problems|warnings|findings|lines|repositories|registries|fields|bytes|targets|platforms|requests|attempts|levels|rules|commits|days|hours|minutes|combinations)\b/;

/** A limit, which is never 1. */
const limit = /^(?:String\()?(?:most|max|largest|longest|deepest|limit|page|policy\.max)/i;

/** Numbers that are known to be two or more, or are compared with a limit that is larger. */
const several: readonly string[] = [
  // Each is written only if it is larger than a limit.
  "src/cache/format/form-cache.ts: ${bytes} bytes",
  "src/cache/format/parse-cache-config.ts: ${bytes.length} bytes",
  "src/cache/store/read-stored-cache.ts: ${config.size} bytes",
  "src/cache/store/read-stored-cache.ts: ${images.length} images",
  "src/ci/github/generate.ts: ${bytes} bytes",
  "src/ci/gitlab/generate.ts: ${bytes} bytes",
  "src/config/jobs/read-jobs.ts: ${found.length} entries",
  "src/config/variants/matrix.ts: ${total} combinations",
  "src/lint/rules/gha-cache-over-allowance.ts: ${count} caches",
  "src/plan/matrix/shards.ts: ${groups.length} jobs",
  // Of both kinds together.
  "src/report/registry/check-report.ts: ${checked.contents} blobs",
  // No numbers.
  "src/config/import/spec.ts: ${kind} files",
  "src/config/import/read-imports.ts: ${entries.length} entries",
  "src/config/import/spec.ts: ${value.length} entries",
  "src/config/jobs/read-jobs.ts: ${all.length} jobs",
  "src/pipeline/caches/choose-removals.ts: ${size.bytes} bytes",
];

it("counts nouns with count(), which knows the singular", () => {
  const sources = readdirSync("src", { recursive: true, encoding: "utf8" }).filter(
    (file) => file.endsWith(".ts") && !file.endsWith(".test.ts"),
  );
  const found = sources.flatMap((file) => countedIn(join("src", file)));
  expect(found.filter((text) => !several.includes(text))).toEqual([]);
  expect(several.filter((text) => !found.includes(text))).toEqual([]);
});

/** `${number} legs`, but for a choice of two texts by the number. */
function countedIn(file: string): readonly string[] {
  const source = ts.createSourceFile(
    file,
    readFileSync(file, "utf8"),
    ts.ScriptTarget.Latest,
    true,
  );
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isTemplateSpan(node)) {
      const text = node.expression.getText(source);
      const noun = nouns.exec(node.literal.text)?.[0];
      const isNumber =
        !ts.isCallExpression(node.expression) && !ts.isConditionalExpression(node.expression);
      if (noun !== undefined && isNumber && !limit.test(text) && !isChosen(node)) {
        found.push(`${file}: \${${text}}${noun}`);
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** Whether the text is one side of `number === 1 ? … : …`. */
function isChosen(node: ts.Node): boolean {
  for (let at = node; !ts.isStatement(at); at = at.parent) {
    if (ts.isConditionalExpression(at)) return /=== 1\b|>= 2\b/.test(at.condition.getText());
  }
  return false;
}
