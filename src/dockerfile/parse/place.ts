import { UsageError } from "../../errors.ts";

/** Runs `read`. A usage error that it throws is rethrown with its place in the file. */
export function inPlace<T>(file: string, line: number, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new UsageError(
      error.problems.map((problem) => ({
        ...problem,
        hint: problem.hint ?? error.hint,
        file: problem.file ?? file,
        line: problem.line ?? line,
      })),
      { cause: error },
    );
  }
}
