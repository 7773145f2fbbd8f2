import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readRepository } from "./files/read-repository.ts";
import { lintPipeline } from "./lint.ts";
import { readPipeline } from "./read-pipeline.ts";
import { allRules } from "./rules/all-rules.ts";
import type { Repository } from "./files/repository.ts";
import { type SourceFile, sourceFile } from "./yaml/node.ts";

/**
 * `test/fixtures/lint/RULE/good` and `bad`: single workflows (and pipelines of GitLab,
 * `NAME.gitlab-ci.yml`), and folders, each a repository. A line with a finding ends with
 * `# finding: high` (its confidence); one that the rule cannot decide ends with `# cannot tell`.
 * No other line may have one. The marks are removed before a file is read, so a block scalar may
 * have one, too.
 */
const corpus = join(import.meta.dirname, "..", "..", "test", "fixtures", "lint");

describe.each(allRules)("$id", (rule) => {
  const cases = ["good", "bad"].flatMap((kind) => casesIn(kind, join(corpus, rule.id, kind)));

  it.each(["good", "bad"])("has at least five %s cases", (kind) => {
    expect(cases.filter((one) => one.kind === kind).length).toBeGreaterThanOrEqual(5);
  });

  it.each(cases)("$kind/$name", ({ kind, root, paths }) => {
    const marked = readRepository(root, new Set(paths));
    const repository = withoutMarks(marked);
    const found: string[] = [];
    const expected: string[] = [];
    for (const path of paths) {
      const file = repository.read(path);
      if (file === undefined) throw new Error(`${path}: unreadable`);
      expected.push(...expectedIn(marked.read(path) ?? file));
      if (!/\.ya?ml$/.test(path)) continue;
      const { pipeline, problems } = readPipeline(file, repository);
      expect(problems).toEqual([]);
      if (pipeline === undefined) continue;
      const { findings, uncertain } = lintPipeline(pipeline, [rule]);
      for (const { span, confidence } of findings) found.push(`${placeOf(span)}: ${confidence}`);
      for (const { span } of uncertain) found.push(`${placeOf(span)}: cannot tell`);
    }
    expect([...new Set(found)].sort()).toEqual(expected.sort());
    expect(expected.some((line) => !line.endsWith("cannot tell"))).toBe(kind === "bad");
  });
});

interface Case {
  readonly kind: string;
  readonly name: string;
  readonly root: string;
  /** Of the files of the case, relative to the root. */
  readonly paths: readonly string[];
}

function casesIn(kind: string, folder: string): readonly Case[] {
  return readdirSync(folder).map((name) => {
    const path = join(folder, name);
    if (!statSync(path).isDirectory()) return { kind, name, root: folder, paths: [name] };
    const all = readdirSync(path, { recursive: true, encoding: "utf8" });
    const paths = all.filter((one) => statSync(join(path, one)).isFile());
    return { kind, name, root: path, paths };
  });
}

const mark = / *# (?:finding: (high|medium|low)|(cannot tell))$/;

function withoutMarks(marked: Repository): Repository {
  const files = new Map<string, SourceFile>();
  return {
    ...marked,
    read: (path) => {
      const before = marked.read(path);
      if (before === undefined) return undefined;
      const text = before.text.replaceAll(new RegExp(mark, "gm"), "");
      const file = files.get(before.path) ?? sourceFile(before.path, text);
      files.set(before.path, file);
      return file;
    },
  };
}

function expectedIn({ path, text }: SourceFile): readonly string[] {
  return text.split("\n").flatMap((line, at) => {
    const [, confidence, uncertain] = mark.exec(line) ?? [];
    const what = confidence ?? uncertain;
    return what === undefined ? [] : [`${path}:${at + 1}: ${what}`];
  });
}

function placeOf({ file, start }: { readonly file: SourceFile; readonly start: number }): string {
  return `${file.path}:${file.placeOf(start).line}`;
}
