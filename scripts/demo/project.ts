import { appendFile, cp } from "node:fs/promises";
import { join } from "node:path";
import { run } from "../engine/run.ts";

/** `examples/` as a repository of its own, so that nobody's checkout is touched. */
export interface Project {
  readonly dir: string;
  /** Appends to a file and commits it; gives the commit. */
  change(file: string, text: string): Promise<string>;
}

export async function copyExamples(
  dir: string,
  env: Readonly<Record<string, string>>,
): Promise<Project> {
  await cp("examples", dir, { recursive: true });
  const git = (purpose: string, ...args: string[]) =>
    run(["git", "-c", "user.name=demo", "-c", "user.email=demo@localhost", ...args], {
      purpose,
      cwd: dir,
      env,
    });
  await git("creating a repository", "init", "--quiet", "--initial-branch=main");
  const commit = async (message: string) => {
    await git("adding files", "add", "--all");
    await git("committing", "commit", "--quiet", `--message=${message}`);
  };
  await commit("The examples");
  return {
    dir,
    change: async (file, text) => {
      await appendFile(join(dir, file), text);
      await commit(`Change ${file}`);
      return (await git("reading the commit", "rev-parse", "HEAD")).trim();
    },
  };
}
