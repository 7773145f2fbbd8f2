import type { Trust } from "../trust/context.ts";
import type { Platform } from "../oci/platform.ts";

export interface PlanOptions {
  readonly now: Date;
  readonly version: string;
  readonly trust: Trust;
  /** The refresh argument's value; undefined if there is none, or if it may not be determined. */
  readonly epoch: string | undefined;
  /** `host/path` where legs are staged; undefined: nothing is staged. */
  readonly cacheRepository: string | undefined;
  /** Legs to build even if they are staged. */
  readonly force: Selection;
  /** Legs to build without caches as well. */
  readonly cold: Selection;
  /** Overrides the config's builders. */
  readonly builder: string | undefined;
  /** The platform of the planning machine: `linux/amd64`. */
  readonly machine: Platform;
}

/** None, all, or the legs and variants of these names and globs. */
export type Selection = boolean | readonly string[];
