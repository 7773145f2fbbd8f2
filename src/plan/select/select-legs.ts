import { UsageError } from "../../errors.ts";
import { compileGlob } from "../../glob.ts";
import { nearest } from "../../nearest.ts";
import { formatPlatform, parsePlatform } from "../../oci/platform.ts";

/** What a leg can be named by. */
export interface NamedLeg {
  /** `server/linux/arm64`. */
  readonly id: string;
  /** `server`: all legs of it. */
  readonly variant: string;
}

/** Which legs are wanted: those of any of the names that are for any of the platforms. */
export interface LegSelection {
  /** Legs, variants, or globs of either; none: all legs. */
  readonly names: readonly string[];
  /** Platforms, or globs of them; none: all platforms. */
  readonly platforms?: readonly string[] | undefined;
}

/**
 * The legs that the selection contains, in their own order. Throws one usage error for all names and
 * platforms that match nothing, or if no leg has both; `where` says what lacks them, such as
 * `the plan`.
 */
export function selectLegs<Leg extends NamedLeg>(
  { names, platforms = [] }: LegSelection,
  legs: readonly Leg[],
  where: string,
): readonly Leg[] {
  const known = [...new Set(legs.flatMap(({ id, variant }) => [variant, id]))];
  const knownPlatforms = [...new Set(legs.map(platformOf))];
  const problems = [
    ...unmatched(names, known).map((name) => ({
      message: `${where} has no leg or variant "${name}"`,
      hint: meant(name, known, variantsOf(legs), where),
    })),
    ...unmatched(platforms.map(normal), knownPlatforms).map((name) => ({
      message: `${where} has no leg for the platform "${name}"`,
      hint: meant(name, knownPlatforms, knownPlatforms, where),
    })),
  ];
  if (problems.length > 0) throw new UsageError(problems);
  const selected = legs.filter(compileSelection({ names, platforms }));
  if (selected.length > 0 || legs.length === 0) return selected;
  const named = legs.filter(compileNames(names)).map(platformOf);
  throw new UsageError(`no leg of ${names.join(", ")} is for ${platforms.join(" or ")}`, {
    hint: `they are for ${[...new Set(named)].join(", ")}`,
  });
}

/** Whether a selection contains a leg. */
export function compileSelection({
  names,
  platforms = [],
}: LegSelection): (leg: NamedLeg) => boolean {
  const isNamed = names.length === 0 ? () => true : compileNames(names);
  const ofPlatform = platforms.length === 0 ? () => true : matchesAny(platforms.map(normal));
  return (leg) => isNamed(leg) && ofPlatform(platformOf(leg));
}

/** Whether a leg, or its variant, matches one of these names or globs. */
export function compileNames(names: readonly string[]): (leg: NamedLeg) => boolean {
  const matches = matchesAny(names);
  return ({ id, variant }) => matches(id) || matches(variant);
}

function matchesAny(globs: readonly string[]): (name: string) => boolean {
  const compiled = globs.map(compileGlob);
  return (name) => compiled.some((matches) => matches(name));
}

/** Names and globs that match none of what is known. */
export function unmatched(globs: readonly string[], known: readonly string[]): readonly string[] {
  return globs.filter((glob) => !known.some(compileGlob(glob)));
}

/** How many names a hint lists. */
const mostListed = 12;

/** A hint: what was most likely meant, or what there is. */
export function meant(
  name: string,
  known: readonly string[],
  listed: readonly string[],
  where: string,
): string {
  const near = nearest(name, known) ?? known.find((one) => one.endsWith(`/${name}`));
  if (near !== undefined) return `did you mean ${near}?`;
  const more = listed.length - mostListed;
  const rest = more > 0 ? ` and ${more} more` : "";
  return `${where} contains ${listed.slice(0, mostListed).join(", ") || "none"}${rest}`;
}

function variantsOf(legs: readonly NamedLeg[]): readonly string[] {
  return [...new Set(legs.map(({ variant }) => variant))];
}

function platformOf({ id, variant }: NamedLeg): string {
  return id.slice(variant.length + 1);
}

/** `linux/x86_64` is `linux/amd64`; a glob, or what is no platform, stays as it is. */
function normal(platform: string): string {
  try {
    return formatPlatform(parsePlatform(platform));
  } catch (error) {
    if (error instanceof UsageError) return platform;
    throw error;
  }
}
