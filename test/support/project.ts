import { randomUUID } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { makeScratchFolder } from "./scratch-repository.ts";

type Files = Readonly<Record<string, string>>;

/** A git repository with a layerkeep.yml, as a user has one. */
export interface Project extends Disposable {
  readonly dir: string;
  /** Beside the repository: for what a command writes and a home folder. */
  readonly outside: string;
  /** In no other project, so that a test never meets what another or an earlier run has pushed. */
  readonly id: string;
  write(files: Files): void;
  /** Commits all that there is; gives the commit. */
  commit(message: string): string;
  git(...args: string[]): string;
}

/** Makes a repository on `main` with these files in its first commit. */
export function createProject(files: (id: string) => Files): Project {
  const scratch = makeScratchFolder();
  const id = `t${randomUUID().slice(0, 8)}`;
  const dir = join(scratch.path, "app");
  mkdirSync(dir);
  const git = (...args: string[]): string => scratch.git("app", ...args);
  const write = (written: Files): void => {
    for (const [path, text] of Object.entries(written)) {
      mkdirSync(dirname(join(dir, path)), { recursive: true });
      writeFileSync(join(dir, path), text);
    }
  };
  const commit = (message: string): string => {
    git("add", "--all");
    git("commit", "-q", "--allow-empty", "-m", message);
    return git("rev-parse", "HEAD");
  };
  git("init", "-q", "-b", "main");
  write(files(id));
  commit("first");
  return {
    dir,
    outside: scratch.path,
    id,
    git,
    write,
    commit,
    [Symbol.dispose]: () => scratch[Symbol.dispose](),
  };
}
