import type { Config, Variant } from "../config/config.ts";
import { parseContextAddress } from "../dockerfile/context-address.ts";
import { byLevel } from "../inputs/parents/by-level.ts";
import { formatPlatform } from "../oci/platform.ts";

/** How many jobs a config can need, whatever is to be built in a run. */
export interface JobCounts {
  /** The number of legs: of all variants, on all platforms. */
  readonly legs: number;
  /** The longest chain of variants that are built on each other; at least 1. */
  readonly levels: number;
  /** The characters that the names of all legs take in a matrix of CI jobs. */
  readonly characters: number;
}

/** The jobs that a config's variants need if all of their legs are built. */
export function countJobs({ variants }: Pick<Config, "variants">): JobCounts {
  const levels = byLevel(variants, ({ name }) => name, parentsOf);
  const legs = variants.flatMap((variant) =>
    variant.platforms.map((platform) => `${variant.name}/${formatPlatform(platform)}`),
  );
  return {
    legs: legs.length,
    levels: Math.max(1, levels.length),
    characters: legs.reduce((sum, leg) => sum + 2 * leg.length + charactersOfJob, 0),
  };
}

/** The keys of a job in a matrix, a runner's label, the seconds and the level. */
const charactersOfJob = 120;

function parentsOf({ contexts }: Variant): readonly string[] {
  return Object.values(contexts).flatMap((value) => {
    const address = parseContextAddress(value);
    return address.kind === "variant" ? [address.name] : [];
  });
}
