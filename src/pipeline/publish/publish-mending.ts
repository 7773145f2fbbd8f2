import { messageOf } from "../../errors.ts";
import type { Plan, PlannedLeg } from "../../plan/plan.ts";
import type { LegResult } from "../build/build-leg.ts";
import type { PublishResult } from "./publish-variants.ts";
import { StagedLegError } from "../stage/staged-leg-error.ts";

/** How a run publishes variants and builds legs, and where it reports. */
export interface Mending {
  readonly publish: (variants: readonly string[]) => Promise<readonly PublishResult[]>;
  readonly build: (legs: readonly PlannedLeg[]) => Promise<readonly LegResult[]>;
  /** Receives one line for each leg that is built again. */
  readonly say: (line: string) => void;
}

export interface Mended {
  readonly published: readonly PublishResult[];
  /** Results of the legs that were built again, the last of each. */
  readonly rebuilt: readonly LegResult[];
}

/** How often a leg is built again. */
const maxTries = 2;

/**
 * Publishes variants. If a staged leg turns out to miss a part, builds it again, at most twice, and
 * publishes its variants once more. A leg whose build fails is not tried again.
 */
export async function publishMending(
  plan: Plan,
  variants: readonly string[],
  { publish, build, say }: Mending,
): Promise<Mended> {
  const published = new Map<string, PublishResult>();
  const rebuilt = new Map<string, LegResult>();
  const tries = new Map<string, number>();
  const take = (results: readonly PublishResult[]): void => {
    for (const result of results) published.set(result.variant, result);
  };
  take(await publish(variants));
  for (;;) {
    const broken = brokenLegs(published.values());
    const legs = plan.legs.flatMap((leg): PlannedLeg[] => {
      const why = broken.get(leg.id);
      const tried = tries.get(leg.id) ?? 0;
      const failed = rebuilt.get(leg.id)?.outcome === "failed";
      if (why === undefined || failed || tried === maxTries) return [];
      tries.set(leg.id, tried + 1);
      say(`building ${leg.id} again: ${why}`);
      return [{ ...leg, action: "build", bypass: "staged", reason: why }];
    });
    if (legs.length === 0) {
      return { published: [...published.values()], rebuilt: [...rebuilt.values()] };
    }
    for (const result of await build(legs)) rebuilt.set(result.leg, result);
    const again = brokenVariants(published.values(), rebuilt);
    if (again.length > 0) take(await publish(again));
  }
}

/** Why legs have to be built again, by their ids. */
function brokenLegs(results: Iterable<PublishResult>): ReadonlyMap<string, string> {
  const broken = new Map<string, string>();
  for (const { error } of results) {
    if (!(error instanceof StagedLegError)) continue;
    for (const leg of error.legs) broken.set(leg, messageOf(error));
  }
  return broken;
}

/** The variants that failed because of legs that are built again. */
function brokenVariants(
  results: Iterable<PublishResult>,
  rebuilt: ReadonlyMap<string, LegResult>,
): string[] {
  const isBuilt = (leg: string): boolean => rebuilt.get(leg)?.outcome === "built";
  return [...results].flatMap(({ variant, error }) =>
    error instanceof StagedLegError && error.legs.every(isBuilt) ? [variant] : [],
  );
}
