import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { randomUUID } from "node:crypto";
import { WorkflowError } from "../errors.ts";

const commands: Readonly<Record<string, readonly string[]>> = {
  bash: ["bash", "--noprofile", "--norc", "-eo", "pipefail", "{0}"],
  sh: ["sh", "-e", "{0}"],
  python: ["python3", "{0}"],
};

/** The command of a step without `shell` on Linux and macOS. */
const unspecified = ["bash", "-e", "{0}"];

/** Writes a script to a file; gives the command that runs it ("jobs.<job_id>.steps[*].shell"). */
export function shellCommand(
  script: string,
  shell: string | undefined,
  temp: string,
): { readonly file: string; readonly args: readonly string[] } {
  const command = shell === undefined ? unspecified : (commands[shell] ?? custom(shell));
  const path = join(temp, `${randomUUID()}.sh`);
  writeFileSync(path, `${script}\n`);
  const [file = "", ...args] = command.map((word) => word.replaceAll("{0}", path));
  return { file, args };
}

function custom(shell: string): readonly string[] {
  if (!shell.includes("{0}")) throw new WorkflowError(`Invalid shell option: ${shell}`);
  return shell.split(" ");
}
