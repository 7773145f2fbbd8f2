import { UsageError } from "../errors.ts";
import { parsePlatform, type Platform, samePlatform } from "../oci/platform.ts";
import { compileNames } from "./select/select-legs.ts";
import type { Plan, PlannedLeg, PlannedVariant } from "./plan.ts";

/** A leg to load into Docker, and the names that it gets there. */
interface Load {
  readonly leg: PlannedLeg;
  readonly names: readonly string[];
}

/** What is loaded, and the variants that have no leg for the engine's platform. */
export interface Loads {
  readonly loads: readonly Load[];
  readonly without: readonly string[];
}

/**
 * Chooses which of these legs are loaded: of each variant, the leg of the engine's platform, or the
 * one that is named by its id. An image is named as it is published, or after `folder` and its
 * variant. Throws a usage error if a named variant has no such leg, or two legs would get one name.
 */
export function chooseLoads(
  plan: Plan,
  legs: readonly PlannedLeg[],
  { named, engine, folder }: LoadChoice,
): Loads {
  const without: string[] = [];
  const isNamed = compileNames(named.filter((name) => name.includes("/")));
  const loads = plan.variants.flatMap((variant): readonly Load[] => {
    const own = legs.filter((leg) => leg.variant === variant.name);
    if (own.length === 0) return [];
    const byId = own.filter(isNamed);
    const chosen = byId.length > 0 ? byId : own.filter(({ platform }) => isFor(platform, engine));
    const [leg, other] = chosen;
    if (other !== undefined) throw sameName(chosen);
    if (leg !== undefined) return [{ leg, names: namesOf(variant, folder) }];
    if (named.length > 0) throw noLeg(variant.name, own, engine);
    without.push(variant.name);
    return [];
  });
  return { loads, without };
}

interface LoadChoice {
  /** Variants, ids of legs and globs that the user named. */
  readonly named: readonly string[];
  /** What the engine runs without emulation. */
  readonly engine: Platform;
  /** The config's folder, as in `acme-app-server:latest`. */
  readonly folder: string;
}

function namesOf({ name, targets }: PlannedVariant, folder: string): readonly string[] {
  const published = targets.flatMap(({ repository, insteadOf = repository, tags }) =>
    tags.map(({ tag }) => `${insteadOf}:${tag}`),
  );
  return published.length > 0 ? published : [`${pathOf(`${folder}-${name}`)}:latest`];
}

/** A name that Docker accepts as a repository. */
function pathOf(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "");
}

function isFor(platform: string, engine: Platform): boolean {
  return samePlatform(parsePlatform(platform), engine);
}

function sameName(legs: readonly PlannedLeg[]): UsageError {
  return new UsageError(
    `${legs.map(({ id }) => id).join(" and ")} would be loaded under the same name`,
    { hint: "pass one of them" },
  );
}

function noLeg(
  variant: string,
  legs: readonly PlannedLeg[],
  { os, architecture }: Platform,
): UsageError {
  const ids = legs.map(({ id }) => id);
  return new UsageError(`${variant} has no leg for ${os}/${architecture}, the platform of Docker`, {
    hint: `to load one for another platform, pass its leg: ${ids.join(", ")}`,
  });
}
