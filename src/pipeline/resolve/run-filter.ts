import { spawnSync } from "node:child_process";
import type { Trust } from "../../trust/context.ts";
import type { FilterServices } from "../../inputs/filters/content-filter.ts";

export interface FilterRunner extends Pick<FilterServices, "run"> {
  /** What failed or was not run, one sentence each. */
  readonly warnings: () => string[];
}

interface FilterRunnerOptions {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly trust: Trust["level"];
}

const timeoutMs = 60_000;
const largestOutput = 64 << 20;

/**
 * Runs filter commands, with a file on their standard input. Runs none in an untrusted context: the
 * config may be a stranger's. Synchronous, like the reading of files.
 */
export function createFilterRunner({ cwd, env, trust }: FilterRunnerOptions): FilterRunner {
  const failed = new Map<string, string>();
  let refused = false;
  return {
    run: (command, input) => {
      if (trust === "untrusted") {
        refused = true;
        return undefined;
      }
      const options = { cwd, env, input, timeout: timeoutMs, maxBuffer: largestOutput };
      const { status, error, signal, stdout } = spawnSync("sh", ["-c", command], options);
      const reason = readsNoFurther(error) ? undefined : error?.message;
      if (status === 0 && reason === undefined) return stdout.toString("latin1");
      failed.set(command, reason ?? signal ?? `exit code ${status ?? "unknown"}`);
      return undefined;
    },
    warnings: () => [
      ...(refused
        ? [
            "untrusted runs do not run filter commands, so every change to the filtered files causes a build",
          ]
        : []),
      ...[...failed].map(
        ([command, why]) =>
          `the filter command "${command}" failed (${why}), so every change to the filtered files causes a build`,
      ),
    ],
  };
}

/** `head -1` is done when it exits, whatever input was left. */
function readsNoFurther(error: Error | undefined): boolean {
  return error !== undefined && "code" in error && error.code === "EPIPE";
}
