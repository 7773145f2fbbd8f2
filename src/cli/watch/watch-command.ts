import { UsageError } from "../../errors.ts";
import { loadConfig } from "../../config/load/load.ts";
import { fastPaths } from "../fast-paths.ts";
import type { Io, QuietOptions } from "../io.ts";
import type { PlanningOptions } from "../run/plan/run-plan.ts";
import type { SelectingOptions } from "../run/plan/choose-planned.ts";
import { startProbes } from "../run/probes.ts";
import { bakePrinter } from "../run/session.ts";
import { variablesOf } from "../variables.ts";
import { type PlannedRun, watchRuns } from "./watch-runs.ts";

type WatchOptions = PlanningOptions & SelectingOptions & QuietOptions;

/**
 * Runs a command that plans, and again when files change. What selects legs, or forces builds,
 * counts for the first run alone: after that the changed legs are named.
 */
export async function watchCommand<Options extends WatchOptions>(
  names: readonly string[],
  options: Options,
  run: (
    names: readonly string[],
    options: Options,
    onPlan: (planned: PlannedRun) => void,
  ) => Promise<unknown>,
  io: Io,
): Promise<number> {
  refuseWithWatch({ json: options.json, refresh: options.refresh, as: options.as });
  const vars = variablesOf(io.env, options);
  const { plainYaml } = fastPaths(io.env);
  const again: Options = {
    ...options,
    ...{ force: undefined, cold: undefined, affected: undefined, failed: undefined },
    ...{ stale: undefined },
  };
  let isFirst = true;
  return watchRuns(
    {
      run: async (legs, onPlan) => {
        const own = isFirst ? options : again;
        isFirst = false;
        if (legs === undefined) await run(names, own, onPlan);
        else await run(legs, { ...own, platform: [] }, onPlan);
      },
      loadConfig: async () => {
        const file = await startProbes(options, io).file;
        return loadConfig({ file, vars, printBake: bakePrinter(io), plainYaml });
      },
      quiet: options.quiet,
    },
    io,
  );
}

/** Refuses flags whose result is for one run. Throws a usage error for the first that is given. */
export function refuseWithWatch(given: Readonly<Record<string, unknown>>): void {
  const [flag] =
    Object.entries(given).find(([, value]) => value !== undefined && value !== false) ?? [];
  if (flag !== undefined) throw new UsageError(`--watch cannot be used with --${flag}`);
}
