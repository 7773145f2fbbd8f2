import { formatPlatform, parsePlatform } from "../../oci/platform.ts";
import type { Plan, PlannedLeg } from "../plan.ts";

/** Any platform that is not named. */
const any = "*";

/**
 * The plan with a runner for each leg that the config names none for: the one of its platform, or
 * of `*`. Throws a usage error for a platform that does not exist. Pure.
 */
export function withRunners<P extends Pick<Plan, "legs">>(
  plan: P,
  runners: Readonly<Record<string, string>>,
): P {
  const byPlatform = new Map(
    Object.entries(runners).map(([name, label]) => [
      name === any ? any : formatPlatform(parsePlatform(name)),
      label,
    ]),
  );
  const runnerOf = ({ runner, platform }: PlannedLeg): string | null =>
    runner ?? byPlatform.get(platform) ?? byPlatform.get(any) ?? null;
  return { ...plan, legs: plan.legs.map((leg) => ({ ...leg, runner: runnerOf(leg) })) };
}
