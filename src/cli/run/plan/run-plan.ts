import { UsageError } from "../../../errors.ts";
import { exec } from "../../../exec.ts";
import { chooseLegs } from "../../../pipeline/build/build-legs.ts";
import { planLegs } from "../../../pipeline/plan-legs.ts";
import { leaveOutUnaffected } from "../../../plan/affected/leave-out.ts";
import type { Plan } from "../../../plan/plan.ts";
import { parsePlatform, type Platform } from "../../../oci/platform.ts";
import { secretArgWarnings } from "../../../inputs/secret-args.ts";
import { trustEmbedded } from "../../../trust/trust.ts";
import { maskSecrets } from "../../../secrets.ts";
import { version } from "../../../version.ts";
import type { GlobalOptions, Io } from "../../io.ts";
import { showWhile } from "../../progress/show-while.ts";
import type { building, planned, planning } from "../../program/flag-groups.ts";
import type { OptionsOf } from "../../program/flags.ts";
import { branchToCompare, findAffectedLegs } from "./affected-legs.ts";
import { readPlan } from "./read-plan.ts";
import { holdScratch } from "./scratch.ts";
import type { Session } from "../session.ts";

/** Of every command that plans. Some of them take an existing plan, or a builder. */
export type PlanningOptions = GlobalOptions &
  OptionsOf<typeof planning> &
  OptionsOf<typeof planned> &
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
  const given = (["force", "cold", "refresh", "affected"] as const).filter(
    (flag) => options[flag] !== undefined,
  );
  if (given.length > 0) {
    throw new UsageError(`--${given.join(", --")} cannot change an existing plan`, {
      hint: "pass such flags to `layerkeep plan` instead",
    });
  }
  const file = { file: options.plan, digest: options.planDigest };
  return holdScratch(await readPlan(file, io, session), session);
}

/** Plans this run. `embedded` is the embedded registry's repository, if legs are staged there. */
export async function makeRunPlan(
  session: Session,
  options: PlanningOptions,
  io: Io,
  embedded?: string,
): Promise<Plan> {
  const { config, context, client, memory, trust } = session;
  const making = planLegs(config, context, {
    client,
    exec,
    env: io.env,
    now: io.now(),
    version,
    trust: embedded === undefined ? trust : trustEmbedded(trust),
    force: options.force ?? false,
    cold: options.cold ?? false,
    refresh: options.refresh === true,
    builder: options.builder,
    cacheRepository: embedded,
    machine: thisMachine(),
    memory,
    signal: io.signal,
  });
  const made = await showWhile("planning", making, io);
  const plan = await holdScratch(made, session);
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
  const base = typeof named === "string" ? named : await branchToCompare(context, config.root, io);
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

/** The platform that an engine on this machine most likely runs. */
function thisMachine(): Platform {
  const names: Readonly<Record<string, string>> = { x64: "amd64", arm: "arm/v7", ppc64: "ppc64le" };
  const { arch } = process;
  return parsePlatform(`linux/${names[arch] ?? arch}`);
}

/** The legs that `--force` or `--cold` names. */
export function namesOf(selection: PlanningOptions["force"]): readonly string[] {
  return selection === undefined || selection === true ? [] : selection;
}
