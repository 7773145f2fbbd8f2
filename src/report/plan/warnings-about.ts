import type { Plan, PlannedLeg } from "../../plan/plan.ts";

/**
 * A plan's warnings without those about legs that are not chosen: about one of them, its variant,
 * its Dockerfile, or what it could not pin. To be asked before warnings are grouped. `chosen` are
 * ids.
 */
export function warningsAbout(
  { legs, warnings }: Pick<Plan, "legs" | "warnings">,
  chosen: readonly string[],
): readonly string[] {
  const wanted = new Set(chosen);
  const concerned = new Set(legs.filter(({ id }) => wanted.has(id)).flatMap(subjectsOf));
  const others = new Set(legs.flatMap(subjectsOf));
  return warnings.filter((text) => {
    const subjects = subjectsIn(text).filter((subject) => others.has(subject));
    return subjects.length === 0 || subjects.some((subject) => concerned.has(subject));
  });
}

function subjectsOf({ id, variant, build, unpinned }: PlannedLeg): readonly string[] {
  return [id, variant, build.dockerfile, ...unpinned];
}

/** `app: …`, `app/linux/amd64: …`, `docker/app.Dockerfile:3: …` and `alpine:3 is not pinned: …`. */
function subjectsIn(text: string): readonly string[] {
  const before = text.slice(0, Math.max(0, text.indexOf(": ")));
  return [before, before.replace(/:\d+$/, ""), before.replace(/ is not pinned$/, "")];
}
