import { relative } from "node:path";
import { changedSince } from "../../git/history/changed-files.ts";
import { createLogReader, explainLeg, isTelling } from "../../pipeline/explain/explain-leg.ts";
import type { FilesOfChange } from "../../pipeline/explain/files-of-change.ts";
import { readStageModels } from "../../pipeline/explain/read-stage-models.ts";
import type { PlannedLeg } from "../../plan/plan.ts";
import { renderExplanations } from "../../report/explain/explain-report.ts";
import type { Io } from "../io.ts";
import { readLocalBuilds } from "../caches/local-records.ts";
import { gitAt, type Probes } from "../run/probes.ts";
import { choosePlanned, type SelectingOptions } from "../run/plan/choose-planned.ts";
import { type PlanningOptions, readOrMakePlan } from "../run/plan/run-plan.ts";
import { showWhile } from "../progress/show-while.ts";
import { openSession } from "../run/session.ts";
import { show } from "./show-result.ts";

/** Records to read from each log: more for legs that were named. */
const recordsOfNamed = 20;
const recordsOfOthers = 4;

/** Prints why legs are built, and why their caches did not help. */
export async function showExplanations(
  names: readonly string[],
  probes: Probes,
  options: PlanningOptions & SelectingOptions,
  io: Io,
): Promise<void> {
  const need = { command: "explain", access: "read" } as const;
  await using session = await openSession(probes, options, io, need);
  const { config, client } = session;
  const plan = await readOrMakePlan(session, options, io);
  const { legs } = await choosePlanned(plan, names, options, session, io);
  const isAsked = names.length > 0 || options.failed === true || options.stale === true;
  const { facts } = await probes.checkout;
  const localBuilds = await readLocalBuilds(gitAt(config.root, io), legs, io);
  const { signal } = io;
  const last = isAsked ? recordsOfNamed : recordsOfOthers;
  const services = {
    client,
    signal,
    logOf: createLogReader(client, { last, signal }),
    localRecords: (leg: PlannedLeg) => localBuilds(leg).map(({ record }) => record),
    modelOf: readStageModels(config, plan),
    filesOf: filesSince(facts?.root, config.root, io),
  };
  const explaining = Promise.all(legs.map((leg) => explainLeg(plan, leg, services)));
  const all = await showWhile("explaining", explaining, io);
  const shown = isAsked ? all : all.filter(isTelling);
  show(io, options, { legs: shown }, ({ legs }) => renderExplanations(legs, all.length));
}

/** Asks git once for each commit; paths are given as the config writes them. */
function filesSince(top: string | undefined, root: string, io: Io): FilesOfChange {
  const known = new Map<string, ReturnType<FilesOfChange>>();
  return (commit) => {
    if (top === undefined || commit === "") return Promise.resolve(undefined);
    const asked =
      known.get(commit) ??
      changedSince(gitAt(top, io), commit).then((changes) =>
        changes?.map((change) => ({ ...change, path: fromRoot(change.path) })),
      );
    known.set(commit, asked);
    return asked;
  };

  function fromRoot(path: string): string {
    return relative(root, `${top ?? ""}/${path}`)
      .split("\\")
      .join("/");
  }
}
