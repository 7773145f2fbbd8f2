import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { GitOptions } from "../../src/git/run-git.ts";

/** A folder with real repositories in it, out of reach of the user's git config. */
export interface ScratchFolder extends Disposable {
  readonly path: string;
  readonly env: NodeJS.ProcessEnv;
  /** Runs git in a folder under `path`; gives its stdout, trimmed. */
  git(folder: string, ...args: string[]): string;
  /** A new repository on `main`, with a first commit. */
  init(folder: string): string;
  /** Commits a file and gives the commit's id. */
  commit(folder: string, name: string): string;
  options(folder: string, notes?: string[]): GitOptions;
}

export function makeScratchFolder(): ScratchFolder {
  const path = mkdtempSync(join(tmpdir(), "layerkeep-git-"));
  const env: NodeJS.ProcessEnv = {
    PATH: process.env["PATH"],
    HOME: path,
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: join(path, "gitconfig"),
    GIT_CEILING_DIRECTORIES: path,
    GIT_AUTHOR_NAME: "A",
    GIT_AUTHOR_EMAIL: "a@example.com",
    GIT_COMMITTER_NAME: "A",
    GIT_COMMITTER_EMAIL: "a@example.com",
    GIT_AUTHOR_DATE: "2026-11-21T04:00:00+01:00",
    GIT_COMMITTER_DATE: "2026-11-21T05:00:00+01:00",
  };
  writeFileSync(join(path, "gitconfig"), "[init]\n\tdefaultBranch = main\n");
  const git = (folder: string, ...args: string[]): string =>
    execFileSync("git", args, {
      cwd: join(path, folder),
      env,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    }).trim();
  const commit = (folder: string, name: string): string => {
    writeFileSync(join(path, folder, name), name);
    git(folder, "add", "--", name);
    git(folder, "commit", "-q", "-m", name);
    return git(folder, "rev-parse", "HEAD");
  };
  return {
    path,
    env,
    git,
    commit,
    init: (folder) => {
      mkdirSync(join(path, folder), { recursive: true });
      git(folder, "init", "-q", "-b", "main");
      return commit(folder, "first");
    },
    options: (folder, notes) => ({
      cwd: join(path, folder),
      env,
      note: (message) => notes?.push(message),
    }),
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  };
}
