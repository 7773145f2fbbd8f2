import type { LegResult } from "../../../pipeline/build/build-leg.ts";
import { readDurations } from "../../../pipeline/records/leg-durations.ts";
import { parseReference } from "../../../oci/reference.ts";
import { medianOf } from "../../../plan/matrix/timed-legs.ts";
import type { PlannedLeg } from "../../../plan/plan.ts";
import { hubCountsPulls } from "../../../registry/manifests/cached-manifests.ts";
import type { RegistryClient } from "../../../registry/client.ts";

type Durations = ReadonlyMap<string, number>;

/** How long legs took the last time, read from their logs while others are built. */
export interface PastBuilds {
  /**
   * Seconds that legs probably take: none if they are reused, the median if they have no log; empty
   * while no log is read.
   */
  readonly known: () => Durations;
  /** Those of the legs to build, once they are read. */
  readonly whenKnown: Promise<Durations>;
  /** Results with what reusing legs has saved, if that is known by now or soon. */
  readonly withSaved: (results: readonly LegResult[]) => Promise<readonly LegResult[]>;
}

/** Of more reused legs, the logs are not read. */
const mostReused = 500;
/** How long a run that is done waits for logs. Milliseconds. */
const patienceMs = 500;

/** Reads logs as far as they are `wanted`: of the legs to build, or of those that are reused. */
export function readPastBuilds(
  legs: readonly PlannedLeg[],
  wanted: { readonly building: boolean; readonly reused: boolean },
  client: RegistryClient,
  signal: AbortSignal,
): PastBuilds {
  const read = (chosen: readonly PlannedLeg[]): Promise<Durations> =>
    readDurations(client, chosen, signal).catch((): Durations => new Map());
  const building = legs.filter(({ action }) => action === "build");
  const reusing = wanted.reused ? legs.filter(isWorthReading) : [];
  const whenKnown = wanted.building
    ? read(building).then((seconds) => filled(building, seconds))
    : Promise.resolve(new Map<string, number>());
  const saved = read(reusing.length > mostReused ? [] : reusing);
  let known: Durations = new Map();
  void whenKnown.then((seconds) => {
    const none = legs.flatMap(({ id, action }) => (action === "reuse" ? [[id, 0] as const] : []));
    if (seconds.size > 0) known = new Map([...none, ...seconds]);
  });
  return {
    known: () => known,
    whenKnown,
    async withSaved(results) {
      const seconds = await soon(saved);
      return results.map((result) => {
        const took = seconds.get(result.leg);
        return result.outcome === "reused" && took !== undefined
          ? { ...result, saved: took }
          : result;
      });
    },
  };
}

/** On Docker Hub, reading a log counts as a pull. */
function isWorthReading({ action, staged }: PlannedLeg): boolean {
  return action === "reuse" && staged !== null && !hubCountsPulls(parseReference(staged.log).host);
}

/** Without any durations, nothing is known. */
function filled(legs: readonly PlannedLeg[], seconds: Durations): Durations {
  if (seconds.size === 0) return seconds;
  const median = medianOf([...seconds.values()]);
  return new Map(legs.map(({ id }) => [id, seconds.get(id) ?? median]));
}

async function soon(durations: Promise<Durations>): Promise<Durations> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Durations>((resolve) => {
    timer = setTimeout(() => resolve(new Map()), patienceMs);
  });
  try {
    return await Promise.race([durations, late]);
  } finally {
    clearTimeout(timer);
  }
}
