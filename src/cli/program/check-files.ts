import type { Command } from "commander";
import type { NamedFile } from "../files/check-named-file.ts";
import { FileArgument, FileOption } from "./file-use.ts";

/**
 * Checks every file and folder that a command line names, before the command runs. Throws a usage
 * error for the first that cannot be used.
 */
export async function checkFiles(command: Command, cwd: string): Promise<void> {
  const files = [...filesOfOptions(command), ...filesOfArguments(command)];
  if (files.length === 0) return;
  const { checkNamedFile } = await import("../files/check-named-file.ts");
  for (const file of files) await checkNamedFile(file, cwd);
}

function filesOfOptions(command: Command): readonly NamedFile[] {
  return command.options.flatMap((option) => {
    if (!(option instanceof FileOption)) return [];
    const key = option.attributeName();
    const value: unknown = command.getOptionValue(key);
    const isGiven = command.getOptionValueSource(key) !== "default";
    if (typeof value !== "string" || !isGiven) return [];
    return [{ name: value, flag: option.long ?? option.flags, use: option.use }];
  });
}

function filesOfArguments(command: Command): readonly NamedFile[] {
  return command.registeredArguments.flatMap((argument, index) => {
    if (!(argument instanceof FileArgument)) return [];
    const value: unknown = command.processedArgs[index];
    const names: readonly unknown[] = Array.isArray(value) ? value : [value];
    return names.flatMap((name) =>
      typeof name === "string" ? [{ name, flag: argument.name(), use: argument.use }] : [],
    );
  });
}
