import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { generateGithub } from "../../../src/ci/github/generate.ts";
import { loadConfig } from "../../../src/config/load/load.ts";
import { readRepository } from "../../../src/lint/files/read-repository.ts";
import { lintPipeline } from "../../../src/lint/lint.ts";
import { readPipeline } from "../../../src/lint/read-pipeline.ts";
import { allRules } from "../../../src/lint/rules/all-rules.ts";
import { sourceFile } from "../../../src/lint/yaml/node.ts";
import { migrateGithub } from "../../../src/migrate/github/migrate-github.ts";
import { type GitlabMigration, migrateGitlab } from "../../../src/migrate/gitlab/migrate-gitlab.ts";
import type { Migration } from "../../../src/migrate/migration.ts";
import type { Note } from "../../../src/migrate/notes.ts";

export function fixtureFolder(name: string): string {
  return join(import.meta.dirname, "..", "..", "fixtures", "migrate", name);
}

/** Migrates all workflows of a repository in `test/fixtures/migrate`. */
export function migrateFixture(
  name: string,
  values: Readonly<Record<string, string>> = {},
): Promise<Migration> {
  return migrateFolder(fixtureFolder(name), values);
}

/** Migrates all workflows of a folder as those of the repository `example/indexer`. */
async function migrateFolder(
  root: string,
  values: Readonly<Record<string, string>> = {},
): Promise<Migration> {
  const paths = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((path) =>
    statSync(join(root, path)).isFile(),
  );
  const repository = readRepository(root, new Set(paths));
  const workflows = paths.filter((path) => path.startsWith(".github/workflows/")).sort();
  return migrateGithub({
    files: workflows.flatMap((path) => repository.read(path) ?? []),
    repository,
    facts: {
      ...{ slug: "example/indexer", defaultBranch: "main" },
      ...{ registry: "ghcr.io/example/", cache: "ghcr.io/example/indexer-cache" },
    },
    values,
    command: "layerkeep import github",
    load: (text) => loadConfig({ file: join(root, "layerkeep.yml"), text, vars: {} }),
  });
}

/** What lint finds in the workflows that are generated of a fixture's new config. */
export async function generatedFindings(name: string): Promise<readonly string[]> {
  const root = fixtureFolder(name);
  const { config: text } = await migrateFixture(name);
  const config = await loadConfig({ file: join(root, "layerkeep.yml"), text, vars: {} });
  const files = generateGithub({
    ...{ config, path: undefined, source: "layerkeep.yml", vars: {}, name: "images" },
    ref: "7c0ffee7c0ffee7c0ffee7c0ffee7c0ffee7c0ff",
    defaultBranch: "main",
  });
  return files.flatMap((file) => {
    const repository = readRepository(root, new Set());
    const { pipeline } = readPipeline(sourceFile(file.name, file.text), repository);
    if (pipeline === undefined) throw new Error(`${file.name} is not a workflow`);
    const { findings } = lintPipeline(pipeline, allRules);
    return findings.map(({ rule, span, message }) => `${rule}: ${placed({ span, message })}`);
  });
}

/** `.github/workflows/a.yml:3: message`. */
export function placed({ span, message }: Note): string {
  return `${span.file.path}:${span.file.placeOf(span.start).line}: ${message}`;
}

/** Migrates workflows that are given as text, in a repository with these files. */
export function migrateFiles(
  files: Files,
  values: Readonly<Record<string, string>> = {},
): Promise<Migration> {
  return inFolder(files, (root) => migrateFolder(root, values));
}

/** Migrates the `.gitlab-ci.yml` of the project `example/group/app`. */
export function migrateGitlabFiles(
  files: Files,
  values: Readonly<Record<string, string>> = {},
): Promise<GitlabMigration> {
  return inFolder(files, async (root) => {
    const repository = readRepository(root, new Set(Object.keys(files)));
    const file = repository.read(".gitlab-ci.yml");
    if (file === undefined) throw new Error("there is no .gitlab-ci.yml");
    const registry = "registry.gitlab.com/example/group/app";
    return migrateGitlab({
      ...{ file, repository, values, command: "layerkeep import gitlab" },
      facts: {
        ...{ slug: "example/group/app", defaultBranch: "main" },
        ...{ registry, cache: `${registry}/cache` },
      },
      load: (text) => loadConfig({ file: join(root, "layerkeep.yml"), text, vars: {} }),
    });
  });
}

type Files = Readonly<Record<string, string>>;

async function inFolder<Result>(
  files: Files,
  use: (root: string) => Promise<Result>,
): Promise<Result> {
  const root = mkdtempSync(join(tmpdir(), "layerkeep-migrate-"));
  try {
    for (const [path, text] of Object.entries({ Dockerfile: "FROM scratch\n", ...files })) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    return await use(root);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}
