import type { CacheType } from "../config/config.ts";
import type { BaseConfig } from "../dockerfile/stages/triggers.ts";
import type { BuildInputs } from "../inputs/build-inputs.ts";
import type { InputSummary } from "../inputs/input-digest.ts";
import type { Pin } from "../inputs/moving/pins.ts";
import type { Context, Trust } from "../trust/context.ts";

/**
 * The plan: the contract between jobs. Any machine with the plan, the checkout and the credentials
 * can build its legs and publish its variants; nothing in it is resolved again. Plain JSON; paths
 * are relative to the config's folder.
 */
export interface Plan {
  readonly schema: "layerkeep.plan.v1";
  readonly layerkeep: string;
  /** RFC 3339. */
  readonly createdAt: string;
  readonly context: Context;
  readonly trust: Trust;
  /** The refresh argument and its value; null if the config has none. */
  readonly epoch: { readonly arg: string; readonly value: string } | null;
  readonly pins: readonly Pin[];
  /** Whether image pins are held for the epoch: `pins: {hold: epoch}`. */
  readonly holdsPins: boolean;
  /** `host/path`; null: nothing is staged. */
  readonly cacheRepository: string | null;
  readonly scratch: string | null;
  readonly insecure: readonly string[];
  readonly legs: readonly PlannedLeg[];
  readonly variants: readonly PlannedVariant[];
  readonly warnings: readonly string[];
  /** What will make builds fail, as far as the files show. Absent if nothing is known. */
  readonly expectedFailures?: readonly ExpectedFailure[];
}

/** An instruction that takes a file that its context does not have. */
export interface ExpectedFailure {
  /** The Dockerfile, as the config names it. */
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  readonly message: string;
  /** What to try; null if nothing is likely. */
  readonly hint: string | null;
  /** The ids of the legs whose builds reach it. */
  readonly legs: readonly string[];
}

export interface PlannedLeg {
  /** `cpu-vllm/linux/arm64`. */
  readonly id: string;
  readonly variant: string;
  readonly platform: string;
  /** `skip`: not staged, and left out, since the change does not affect it. */
  readonly action: "build" | "reuse" | "skip";
  /** One sentence: why. */
  readonly reason: string;
  /** `staged`: build even if it is staged (`--force`); `caches`: and without caches (`--cold`). */
  readonly bypass: "none" | "staged" | "caches";
  /**
   * Definitions beyond a filter's baseline that the staged leg was built with, and that changed
   * since: the leg is built again, and replaces the staged one. Absent if there are none.
   */
  readonly outdated?: readonly string[];
  readonly input: InputSummary;
  /** Full references; null if nothing may be staged. */
  readonly staged: StagedNames | null;
  /**
   * Where an untrusted run stages what it builds, for a preview: `host/path:pr-7--leg-…`; null if
   * it does not.
   */
  readonly preview: string | null;
  readonly cache: { readonly from: readonly CacheRef[]; readonly to: readonly CacheRef[] };
  /** The cache mounts that are kept in the cache repository; absent if there are none. */
  readonly mounts?: readonly PlannedMount[];
  readonly build: BuildInputs;
  /** Legs of other variants that it is built on: named contexts of the value `variant:NAME`. */
  readonly parents: readonly PlannedParentLeg[];
  /**
   * Inputs that the engine cannot be held to: such a leg is never reused, since they may have
   * changed.
   */
  readonly unpinned: readonly string[];
  /** Platforms that steps run on: the engine must run or emulate them. */
  readonly runsOn: readonly string[];
  /** The builders that share the legs of its platform; none: the run's own choice. */
  readonly builders: readonly string[];
  readonly runner: string | null;
}

export interface PlannedParentLeg {
  /** The named context that it is. */
  readonly context: string;
  /** Its id, which the plan has, too. */
  readonly leg: string;
  /** What its image brings to a Dockerfile that is built on it; null if not known for certain. */
  readonly config: BaseConfig | null;
}

export interface StagedNames {
  /** `host/path:leg-…-<40 hex>`. */
  readonly leg: string;
  /** `host/path:leg-…`. */
  readonly newest: string;
  /** `host/path:log-…`. */
  readonly log: string;
}

/** Where a leg's BuildKit cache is stored, in BuildKit's own terms. */
export interface CacheRef {
  readonly type: CacheType;
  readonly attributes: Readonly<Record<string, string>>;
}

/** A cache mount of a leg's Dockerfile, and its directory caches. */
export interface PlannedMount {
  /** BuildKit's, without a namespace. */
  readonly id: string;
  readonly sharing: "shared" | "private" | "locked";
  /** What the mount declares for its folder; null if it does not. */
  readonly uid: string | null;
  readonly gid: string | null;
  readonly mode: string | null;
  /** The stage whose base image has the programs that fill the mount. */
  readonly stage: number;
  /** The keys of the caches that it may be filled from, nearest first. */
  readonly from: readonly string[];
  /** The key of the cache that its content is saved as; null if this run must not. */
  readonly to: string | null;
}

/** One image to publish: the legs that it joins, and its targets. */
export interface PlannedVariant {
  readonly name: string;
  /** Ids, in the order of the config's platforms. */
  readonly legs: readonly string[];
  readonly targets: readonly PlannedTarget[];
  /** Where an untrusted run publishes it; empty in any other. */
  readonly previews: readonly PlannedTarget[];
}

export interface PlannedTarget {
  /** `host/path`. */
  readonly repository: string;
  /** The config's target that it replaces, if a local run keeps its images on this machine. */
  readonly insteadOf?: string | undefined;
  readonly tags: readonly PlannedTag[];
  readonly shape: "index" | "manifest";
  readonly annotations: Readonly<Record<string, string>>;
}

export interface PlannedTag {
  readonly tag: string;
  /**
   * How an older version is recognised: by its version, by the commit's ancestry, or not at all (a
   * tag that is new each time).
   */
  readonly order: "semver" | "pep440" | "ancestry" | "none";
}
