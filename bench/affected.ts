/** `affected` over this repository's own history, in one process. */
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { TreeFolder } from "../src/git/trees/tree-folder.ts";
import { compareTrees } from "../src/plan/affected/affected.ts";
import { readTreeLegs, type TreeLegs } from "../src/plan/affected/tree-legs.ts";
import { median } from "./bed.ts";

export interface AffectedFigure {
  /** Commits that were compared with their first parents. */
  readonly commits: number;
  readonly legs: number;
  /** Legs that a commit touched, on average. */
  readonly touched: number;
  /** Milliseconds in all, and of the middle commit and the slowest. */
  readonly all: number;
  readonly median: number;
  readonly slowest: number;
}

const mostCommits = 200;
const fixture = "bench-fixture";

/** One leg for each of our folders, as a repository of many images has them, and one of all. */
const folders = ["src/oci", "src/registry", "src/server", "src/plan", "src/config", "src/cli"];
const variants = [...folders, "docs", "test", "bench", "scripts", "examples"];

export async function benchAffected(): Promise<AffectedFigure> {
  const git = { cwd: resolve("."), env: process.env };
  const commits = history();
  await using folder = await TreeFolder.create(git);
  const options = { file: `${fixture}/layerkeep.yml`, vars: {}, now: new Date() };
  const read = async (commit: string): Promise<TreeLegs> => {
    await folder.show(`${commit}^{tree}`);
    writeFixture(folder.path);
    return readTreeLegs(folder, {
      ...options,
      filterCommands: () => Promise.resolve(() => undefined),
    });
  };
  const times: number[] = [];
  let touched = 0;
  let before: TreeLegs | undefined;
  for (const commit of commits) {
    const start = performance.now();
    const now = await read(commit);
    if (before !== undefined) {
      touched += compareTrees(before, now).legs.length;
      times.push(performance.now() - start);
    }
    before = now;
  }
  return {
    commits: times.length,
    legs: before?.legs.size ?? 0,
    touched: touched / times.length,
    all: times.reduce((sum, time) => sum + time, 0),
    median: median(times),
    slowest: Math.max(...times),
  };
}

/** The last commits of the first parents' line, the oldest first. */
function history(): string[] {
  const args = ["rev-list", "--first-parent", `--max-count=${mostCommits + 1}`, "HEAD"];
  return execFileSync("git", args, { encoding: "utf8" }).trim().split("\n").reverse();
}

/** A config of ours in each of the trees; its Dockerfiles copy one folder each, and all. */
function writeFixture(root: string): void {
  const write = (path: string, text: string): void =>
    writeFileSync(join(root, fixture, path), text);
  mkdirSync(join(root, fixture), { recursive: true });
  const names = variants.map((path) => path.replace("/", "-"));
  for (const [at, path] of variants.entries()) {
    write(`${names[at] ?? ""}.Dockerfile`, `FROM scratch\nCOPY ${path} /app/\n`);
  }
  write("all.Dockerfile", "FROM scratch\nCOPY . /app/\n");
  const entries = [...names, "all"].map(
    (name) => `  ${name}: { dockerfile: ${name}.Dockerfile, context: .. }`,
  );
  write(
    "layerkeep.yml",
    `defaults: { platforms: [linux/amd64, linux/arm64] }\nvariants:\n${entries.join("\n")}\n`,
  );
}
