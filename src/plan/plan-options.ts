import type { Trust } from "../trust/context.ts";
import type { Platform } from "../oci/platform.ts";

export interface PlanOptions {
  readonly now: Date;
  readonly version: string;
  readonly trust: Trust;
  /** The refresh argument's value; undefined where there is none, or where it may not be found out. */
  readonly epoch: string | undefined;
  /** `host/path` where legs are staged; undefined: nothing is. */
  readonly cacheRepository: string | undefined;
  /** Build although it is staged. */
  readonly force: Selection;
  /** And without caches. */
  readonly cold: Selection;
  /** Goes before the config's builders. */
  readonly builder: string | undefined;
  /** The platform of the machine that plans: `linux/amd64`. */
  readonly machine: Platform;
}

/** None, all, or the legs and variants of these names. */
export type Selection = boolean | readonly string[];
