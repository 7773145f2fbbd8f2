import { UsageError } from "../../errors.ts";

/** Two names of a cache are one here: `A` and `a`, or two ways to write `é`. */
export function sameName(name: string, cause: unknown): UsageError {
  const why = "this file system takes it for another name in the cache";
  return new UsageError(`cannot restore ${name}: ${why}`, {
    cause,
    hint: "restore to a file system that distinguishes upper and lower case",
  });
}
