import { chooseLegs } from "../../../pipeline/build/build-legs.ts";
import { findFailed } from "../../../pipeline/find-failed.ts";
import { withDescendants } from "../../../inputs/parents/descendants.ts";
import type { Plan } from "../../../plan/plan.ts";
import type { ChosenLegs, Narrowing } from "../../../plan/select/leave-out.ts";
import { readLocalBuilds } from "../../caches/local-records.ts";
import { type Io, warn } from "../../io.ts";
import type { OptionsOf } from "../../program/flags.ts";
import type { selecting } from "../../program/leg-flags.ts";
import { gitAt } from "../probes.ts";
import type { Session } from "../session.ts";
import { findStaleLegs } from "./find-stale-legs.ts";

/** Flags that select legs. */
export type SelectingOptions = OptionsOf<typeof selecting>;

/**
 * The legs of a plan that names and flags select: those of any of the names, for any of the
 * platforms, that all other flags select too. A leg that the plan skips is chosen only by its name,
 * and only if it was not this command that skipped it.
 */
export async function choosePlanned(
  plan: Plan,
  names: readonly string[],
  { platform, affected, failed, stale }: SelectingOptions,
  session: Session,
  io: Io,
): Promise<ChosenLegs> {
  const chosen = chooseLegs(plan, names, platform);
  const isNamed = names.length > 0 || platform.length > 0;
  const narrowings = await Promise.all([
    ...(stale === true ? [movedLegs(plan, session, io)] : []),
    ...(failed === true ? [failedLegs(plan, session, io)] : []),
  ]);
  return {
    named: isNamed ? new Set(chosen.map(({ id }) => id)) : undefined,
    narrowings,
    legs: chosen.filter(
      ({ id, action }) =>
        (affected === undefined || action !== "skip") && narrowings.every(({ ids }) => ids.has(id)),
    ),
  };
}

/** Why there is nothing to build, if flags have selected no leg. */
export function whyNothing(
  legs: ChosenLegs["legs"],
  { stale, failed, affected }: Pick<SelectingOptions, "stale" | "failed" | "affected">,
): string | undefined {
  const reasons = [
    ...(stale === true ? ["no base image has changed"] : []),
    ...(failed === true ? ["no leg's last build failed"] : []),
    ...(affected === undefined ? [] : ["the change affects no leg"]),
  ];
  const [only, ...others] = reasons;
  if (legs.length > 0 || only === undefined) return undefined;
  return `nothing to build: ${others.length === 0 ? only : "no leg is selected by all of the flags"}`;
}

async function movedLegs(plan: Plan, session: Session, io: Io): Promise<Narrowing> {
  const moved = await findStaleLegs(plan, session, io);
  return { ids: withChildren(plan, moved), otherwise: "its base images have not changed" };
}

async function failedLegs(plan: Plan, { client, config }: Session, io: Io): Promise<Narrowing> {
  const legs = plan.legs.map(({ id, staged }) => ({ id, log: staged?.log }));
  const failed = await findFailed(legs, {
    client,
    localBuilds: await readLocalBuilds(gitAt(config.root, io), legs, io),
    signal: io.signal,
    onLost: (problem) => warn(io, problem),
  });
  return { ids: withChildren(plan, failed), otherwise: "its last build did not fail" };
}

/** What is built on a leg is built after it, or was not because of it. */
function withChildren({ legs }: Plan, ids: readonly string[]): ReadonlySet<string> {
  const links = legs.map(({ id, parents }) => ({ id, parents: parents.map(({ leg }) => leg) }));
  return new Set(withDescendants(ids, links));
}
