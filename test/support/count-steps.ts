import { Progress } from "../../src/buildkit/progress/progress.ts";
import { parseSolveStatus } from "../../src/buildkit/progress/rawjson.ts";

/**
 * The instructions of a build, and those that were cached, by what `--progress=rawjson` printed.
 * The plain display does not tell: it says DONE of a cached step whose layers are pulled.
 */
export function countSteps(
  rawjson: string,
): Pick<ReturnType<Progress["counts"]>, "done" | "cached"> {
  const progress = new Progress();
  for (const line of rawjson.split("\n")) {
    const status = parseSolveStatus(line);
    if (status !== undefined) progress.add(status);
  }
  const { done, cached } = progress.counts();
  return { done, cached };
}
