import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { writeFileSync } from "node:fs";
import type { WorkflowProject } from "../workflows/workflow-project.ts";

/** A stranger's fork, `someone/app`, whose branch `change` has these files. */
export function forkOf(
  { dir, outside }: Pick<WorkflowProject, "dir" | "outside">,
  files: Readonly<Record<string, string>>,
): { readonly name: string; readonly folder: string } {
  const folder = join(outside, "fork");
  const identity = ["-c", "user.name=Someone", "-c", "user.email=someone@example.com"];
  const git = (...args: string[]): void => {
    execFileSync("git", [...identity, ...args], { cwd: outside, stdio: "pipe" });
  };
  git("clone", "-q", dir, folder);
  git("-C", folder, "checkout", "-q", "-b", "change");
  for (const [path, text] of Object.entries(files)) writeFileSync(join(folder, path), text);
  git("-C", folder, "commit", "-q", "--all", "-m", "change");
  return { name: "someone/app", folder };
}
