import { findStale } from "../../../pipeline/find-stale.ts";
import { pinResolver } from "../../../pipeline/resolve/resolve-pin.ts";
import { type MovingInput, pinKey } from "../../../inputs/moving/pins.ts";
import type { Plan } from "../../../plan/plan.ts";
import { type Io, warn } from "../../io.ts";
import type { Session } from "../session.ts";

/**
 * Ids of the legs of a plan whose bases have moved since their last build. What the plan has pinned
 * is not resolved again.
 */
export async function findStaleLegs(
  plan: Plan,
  { client, config }: Session,
  io: Io,
): Promise<readonly string[]> {
  const { signal } = io;
  const pins = new Map(plan.pins.map((pin) => [pinKey(pin), pin]));
  const others = pinResolver({ client, root: config.root, signal });
  const logged = plan.legs.flatMap(({ id, staged }) =>
    staged === null ? [] : [{ id, log: staged.log }],
  );
  const found = await findStale(logged, {
    client,
    signal,
    resolvePin: (kind: MovingInput["kind"], ref) => {
      const pin = pins.get(pinKey({ kind, ref }));
      return pin === undefined ? others(kind, ref) : Promise.resolve(pin);
    },
  });
  const known = new Set(plan.pins.map(({ ref }) => ref));
  for (const { ref, why } of found.unknown) {
    // The plan has warned of its own.
    if (!known.has(ref)) warn(io, `cannot check whether ${ref} has changed: ${why}`);
  }
  return found.legs.map(({ leg }) => leg);
}
