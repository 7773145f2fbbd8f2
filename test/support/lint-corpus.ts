import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { LintInput } from "../../src/lint/files/input.ts";

/**
 * `test/fixtures/lint/RULE/good` and `bad`: single workflows (and pipelines of GitLab,
 * `NAME.gitlab-ci.yml`), and folders, each a repository. A line with a finding ends with
 * `# finding: high` (its confidence); one that the rule cannot decide ends with `# cannot tell`.
 * No other line may have one. The marks are removed before a file is read, so a block scalar may
 * have one, too.
 */
const corpus = join(import.meta.dirname, "..", "fixtures", "lint");

export interface CorpusCase {
  readonly kind: "good" | "bad";
  readonly name: string;
  /** All its YAML files are linted; no file has its marks any more. */
  readonly input: LintInput;
  /** `path:line: high`, and `path:line: cannot tell`. */
  readonly expected: readonly string[];
}

/** The cases of a rule. */
export function corpusCases(rule: string): readonly CorpusCase[] {
  return (["good", "bad"] as const).flatMap((kind) => {
    const folder = join(corpus, rule, kind);
    return readdirSync(folder).map((name) => readCase(kind, name, folder));
  });
}

function readCase(kind: CorpusCase["kind"], name: string, folder: string): CorpusCase {
  const isFolder = statSync(join(folder, name)).isDirectory();
  const root = isFolder ? join(folder, name) : folder;
  const all = isFolder ? readdirSync(root, { recursive: true, encoding: "utf8" }) : [name];
  const files = all.filter((path) => statSync(join(root, path)).isFile());
  const paths = files.filter((path) => /\.ya?ml$/.test(path));
  const marked = files.map((path) => [path, readFileSync(join(root, path), "utf8")] as const);
  const texts = new Map(
    marked.map(([path, text]) => [path, text.replaceAll(new RegExp(mark, "gm"), "")]),
  );
  const input = { root, paths, files: new Set(files), texts, unreadable: [] };
  const expected = marked.flatMap(([path, text]) => marksIn(path, text));
  return { kind, name, input, expected };
}

const mark = / *# (?:finding: (high|medium|low)|(cannot tell))$/;

function marksIn(path: string, text: string): readonly string[] {
  return text.split("\n").flatMap((line, at) => {
    const [, confidence, uncertain] = mark.exec(line) ?? [];
    const what = confidence ?? uncertain;
    return what === undefined ? [] : [`${path}:${at + 1}: ${what}`];
  });
}
