import { UsageError } from "../../../errors.ts";
import { exec } from "../../../exec.ts";
import { chooseLegs } from "../../../pipeline/build/build-legs.ts";
import { planLegs } from "../../../pipeline/plan-legs.ts";
import { keepHere, writtenElsewhere } from "../../../plan/caches/keep-here.ts";
import { leaveOutUnaffected } from "../../../plan/select/leave-out.ts";
import type { Plan } from "../../../plan/plan.ts";
import { secretArgWarnings } from "../../../inputs/secret-args.ts";
import { maskSecrets } from "../../../secrets.ts";
import { version } from "../../../version.ts";
import type { GlobalOptions, Io } from "../../io.ts";
import { showWhile } from "../../progress/show-while.ts";
import type { building, planned, planning } from "../../program/flag-groups.ts";
import type { OptionsOf } from "../../program/flags.ts";
import type { affectedSince } from "../../program/leg-flags.ts";
import { branchToCompare, findAffectedLegs } from "./affected-legs.ts";
import { readPlan } from "./read-plan.ts";
import { holdScratch } from "./scratch.ts";
import type { Session } from "../session.ts";
import { thisMachine } from "../this-machine.ts";

/** Of every command that plans. Some of them take an existing plan, or a builder. */
export type PlanningOptions = GlobalOptions &
  OptionsOf<typeof planning> &
  OptionsOf<typeof planned> &
  OptionsOf<typeof affectedSince> &
  Pick<OptionsOf<typeof building>, "builder">;

/** The plan in the file that `--plan` names, or a new one. */
export async function readOrMakePlan(
  session: Session,
  options: PlanningOptions,
  io: Io,
): Promise<Plan> {
  if (options.plan === undefined) {
    if (options.planDigest !== undefined) throw new UsageError("--plan-digest needs --plan");
    return makeRunPlan(session, options, io);
  }
  const given = (["force", "cold", "refresh", "affected", "as"] as const).filter(
    (flag) => options[flag] !== undefined,
  );
  if (given.length > 0) {
    throw new UsageError(`--${given.join(", --")} cannot change an existing plan`, {
      hint: "pass such flags to `layerkeep plan` instead",
    });
  }
  const file = { file: options.plan, digest: options.planDigest };
  const plan = await holdScratch(await readPlan(file, io, session), session);
  refuseElsewhere(plan, session, options);
  return plan;
}

/** Without `--write`, a local run that stages in this machine's registry writes nowhere else. */
function keepAtHome(plan: Plan, { home, trust }: Session, { write }: PlanningOptions): Plan {
  const { registry } = home;
  if (registry === undefined || trust.level !== "local" || write === true) return plan;
  return keepHere(plan, registry.host);
}

/** A plan from a file may name other places, or this registry at the port that it had before. */
function refuseElsewhere(plan: Plan, { home, trust }: Session, { write }: PlanningOptions): void {
  const { registry, repository } = home;
  if (registry === undefined || repository === undefined) return;
  if (trust.level !== "local" || write === true || !plan.trust.writesLegs) return;
  const elsewhere = writtenElsewhere(plan, repository);
  if (elsewhere === undefined) return;
  throw new UsageError(
    `the plan would write to ${elsewhere}, but this run writes only to ${repository}`,
    { hint: "plan again with `layerkeep plan`, or pass --write to allow this" },
  );
}

/** Plans this run. */
export async function makeRunPlan(
  session: Session,
  options: PlanningOptions,
  io: Io,
): Promise<Plan> {
  const { config, context, client, memory, trust, home } = session;
  const making = planLegs(config, context, {
    client,
    exec,
    env: io.env,
    now: io.now(),
    version,
    trust,
    force: options.force ?? false,
    cold: options.cold ?? false,
    refresh: options.refresh === true,
    builder: options.builder,
    cacheRepository: home.repository,
    machine: thisMachine(),
    memory,
    signal: io.signal,
  });
  const made = await showWhile("planning", making, io);
  const plan = keepAtHome(await holdScratch(made, session), session, options);
  // A name that no leg has would be ignored silently.
  chooseLegs(plan, [...namesOf(options.force), ...namesOf(options.cold)]);
  const warnings = [...session.warnings, ...secretArgWarnings(config.variants), ...plan.warnings];
  const whole = { ...plan, warnings: warnings.map((text) => maskSecrets(text)) };
  return options.affected === undefined ? whole : withoutUnaffected(whole, session, options, io);
}

/** Leaves out the legs that the change does not affect. If that cannot be told, none is left out. */
async function withoutUnaffected(
  plan: Plan,
  { config, context, facts, trust }: Session,
  options: PlanningOptions,
  io: Io,
): Promise<Plan> {
  const { affected: named } = options;
  const base =
    typeof named === "string" ? named : await branchToCompare({ config, context, facts }, io);
  const trustLevel = () => Promise.resolve(trust.level);
  const compared = { base, head: undefined, mergeBase: true, trustLevel };
  const found = await findAffectedLegs(compared, { file: config.file, facts }, options, io);
  const since = found.base === null ? base : `${base} (${found.base.slice(0, 12)})`;
  const [unknown] = found.base === null ? found.legs : [];
  const warnings =
    unknown === undefined ? [] : [`--affected does not skip any legs: ${unknown.reason}`];
  const less = leaveOutUnaffected(plan, found, since);
  const known = new Set(less.warnings);
  const more = [...warnings, ...found.warnings].filter((warning) => !known.has(warning));
  return { ...less, warnings: [...less.warnings, ...more] };
}

/** The legs that `--force` or `--cold` names. */
export function namesOf(selection: PlanningOptions["force"]): readonly string[] {
  return selection === undefined || selection === true ? [] : selection;
}
