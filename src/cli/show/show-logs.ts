import { UsageError } from "../../errors.ts";
import { type BuildLogs, listBuild, logsOfBuild } from "../../pipeline/logs/leg-logs.ts";
import { parseStepSelector, type StepSelector } from "../../pipeline/logs/step-selector.ts";
import { selectLegs } from "../../plan/select/select-legs.ts";
import { renderBuilds, renderLogs } from "../../report/logs-report.ts";
import { openRecordedBuilds } from "../caches/recorded-builds.ts";
import { type ConfigOptions, type GlobalOptions, type Io, warn } from "../io.ts";
import type { Probes } from "../run/probes.ts";
import { openSession } from "../run/session.ts";
import { show } from "./show-result.ts";

const need = { command: "logs", access: "read" } as const;

interface LogsOptions extends GlobalOptions, ConfigOptions {
  readonly step?: string;
  readonly last?: number;
  readonly failed?: boolean;
  readonly platform: readonly string[];
}

/** How many builds are listed without `--last`. */
const usualList = 20;

/** Lists the last builds of all legs. */
export async function listBuilds(probes: Probes, options: LogsOptions, io: Io): Promise<void> {
  const { step, last = usualList, failed = false } = options;
  if (step !== undefined) {
    throw new UsageError("--step needs a leg", {
      hint: `pass one, as in \`layerkeep logs server/linux/amd64 --step "${step}"\``,
    });
  }
  await using session = await openSession(probes, options, io, need);
  const recorded = await openRecordedBuilds(session, io);
  const found = await recorded.find(recorded.legs, { last, failed });
  const builds = found.map(listBuild);
  show(io, options, { builds }, (result, page) => renderBuilds(result.builds, io.now(), page));
}

/**
 * Prints what the steps of the last builds of some legs printed. Returns the exit code: 1 if there
 * is no such build.
 */
export async function showLogs(
  names: readonly string[],
  probes: Probes,
  options: LogsOptions,
  io: Io,
): Promise<number> {
  const { last = 1, failed = false, platform: platforms } = options;
  const step = options.step === undefined ? undefined : parseStepSelector(options.step);
  await using session = await openSession(probes, options, io, need);
  const recorded = await openRecordedBuilds(session, io);
  const legs = selectLegs({ names, platforms }, recorded.legs, "the config");
  const found = await Promise.all(
    legs.map(async (leg) => {
      const builds = await recorded.find([leg], { last, failed });
      if (builds.length === 0)
        warn(io, `${leg.id} has no recorded build${failed ? " that failed" : ""}`);
      return Promise.all(
        builds.map(async (build) => logsOfBuild(build, await build.stepLogs(), { step, failed })),
      );
    }),
  );
  const builds = found.flat();
  if (step !== undefined) refuseUnknownStep(step, builds);
  if (options.json) show(io, options, { builds }, () => "");
  else if (builds.length > 0) io.outColoured(`${render(found, step !== undefined || failed)}\n`);
  return builds.length === 0 ? 1 : 0;
}

function refuseUnknownStep({ text }: StepSelector, builds: readonly BuildLogs[]): void {
  const kept = builds.filter(({ logs }) => logs !== null);
  const [first] = kept;
  if (first === undefined || kept.some(({ logs }) => logs?.length !== 0)) return;
  throw new UsageError(`the build of ${first.leg} has no step ${text}`, {
    hint: `run \`layerkeep logs ${first.leg}\` to see its steps`,
  });
}

/** The newest build of a leg comes last: it is nearest to the prompt. */
function render(found: readonly (readonly BuildLogs[])[], isNarrowed: boolean): string {
  const builds = found.flatMap((ofLeg) => ofLeg.toReversed());
  const [only, ...others] = builds.flatMap(({ logs }) => logs ?? []);
  const isSingle = isNarrowed && builds.length === 1 && others.length === 0;
  return isSingle && only !== undefined && only.log !== "" ? only.log : renderLogs(builds);
}
