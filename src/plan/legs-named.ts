import { UsageError } from "../errors.ts";
import { nearest } from "../nearest.ts";

/** What a leg can be named by. */
export interface NamedLeg {
  /** `server/linux/arm64`. */
  readonly id: string;
  /** `server`: all legs of it. */
  readonly variant: string;
}

/**
 * The legs that the names select, in their own order. Throws one usage error for all names that are
 * neither a leg's nor a variant's; `where` says what lacks them, such as `the plan`.
 */
export function legsNamed<Leg extends NamedLeg>(
  names: readonly string[],
  legs: readonly Leg[],
  where: string,
): readonly Leg[] {
  const known = legs.flatMap(({ id, variant }) => [id, variant]);
  const problems = names
    .filter((name) => !known.includes(name))
    .map((name) => {
      const near = nearest(name, known);
      const hint =
        near === undefined
          ? `${where} contains ${[...new Set(known)].join(", ")}`
          : `did you mean ${near}?`;
      return { message: `${where} has no leg or variant "${name}"`, hint };
    });
  if (problems.length > 0) throw new UsageError(problems);
  return legs.filter(({ id, variant }) => names.includes(id) || names.includes(variant));
}
