import type { RawVariant } from "../../../schema/variant-schema.ts";
import type { XBake } from "./x-bake.ts";

/**
 * A `build` in the words of a variant, before it is merged with those that it extends. Paths are
 * relative to the config's folder, but the Dockerfile's, which starts from the context.
 */
export interface ComposeBuild
  extends Pick<
    RawVariant,
    "context" | "dockerfile" | "dockerfile-inline" | "target" | "network" | "shm-size"
  > {
  readonly attested: Pick<RawVariant, "sbom" | "provenance">;
  readonly privileged: boolean | undefined;
  /** Null: an argument without a value, which is left out. */
  readonly args: Readonly<Record<string, string | null>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly contexts: Readonly<Record<string, string>>;
  readonly ulimits: Readonly<Record<string, string>>;
  readonly platforms: readonly string[];
  readonly secrets: readonly string[];
  readonly ssh: readonly string[];
  readonly entitlements: readonly string[];
  readonly hosts: readonly string[];
  readonly bake: XBake;
}

/**
 * Several builds as one, in which later ones override: single values replace, maps are merged by
 * key, and lists are appended (compose-go, override/merge.go).
 */
export function mergeBuilds(base: ComposeBuild, own: ComposeBuild): ComposeBuild {
  return {
    context: own.context ?? base.context,
    dockerfile: own.dockerfile ?? base.dockerfile,
    "dockerfile-inline": own["dockerfile-inline"] ?? base["dockerfile-inline"],
    target: own.target ?? base.target,
    network: own.network ?? base.network,
    "shm-size": own["shm-size"] ?? base["shm-size"],
    attested: { ...base.attested, ...own.attested },
    privileged: own.privileged ?? base.privileged,
    args: { ...base.args, ...own.args },
    labels: { ...base.labels, ...own.labels },
    contexts: { ...base.contexts, ...own.contexts },
    ulimits: { ...base.ulimits, ...own.ulimits },
    platforms: [...base.platforms, ...own.platforms],
    secrets: [...base.secrets, ...own.secrets],
    ssh: [...base.ssh, ...own.ssh],
    entitlements: [...base.entitlements, ...own.entitlements],
    hosts: [...base.hosts, ...own.hosts],
    bake: {
      platforms: [...base.bake.platforms, ...own.bake.platforms],
      secrets: [...base.bake.secrets, ...own.bake.secrets],
      ssh: [...base.bake.ssh, ...own.bake.ssh],
      contexts: [...base.bake.contexts, ...own.bake.contexts],
    },
  };
}
