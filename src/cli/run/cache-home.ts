import type { Config } from "../../config/config.ts";
import { formatRepository } from "../../oci/reference.ts";
import type { Context, Trust } from "../../trust/context.ts";
import {
  type DefaultRegistry,
  openDefaultRegistry,
  type RegistryNeed,
  repositoryOfCheckout,
} from "../registry/default-registry.ts";
import type { Io } from "../io.ts";

/** What a command does in the cache repository, and when it is the default registry's. */
export interface CacheNeed extends RegistryNeed {
  /** Whether the default registry is used even if the config names a repository: `--local`. */
  readonly isLocal?: boolean | undefined;
  /** Whether the default registry is used in CI, where nothing of it is kept for other jobs. */
  readonly inCi?: boolean;
}

/** Where this run stages legs and finds them. */
export interface CacheHome {
  /** `host/path`; undefined: nothing is staged. */
  readonly repository: string | undefined;
  /** Undefined if it is a repository that the config names, or if there is none. */
  readonly registry: DefaultRegistry | undefined;
  /** What the user should know about it. */
  readonly warnings: readonly string[];
}

const inCiWarning =
  "the config has no cache repository, so built legs are kept only on this runner, and no other job or run can reuse them: set cache: to a repository such as ghcr.io/acme/app-cache";

/**
 * Decides which cache repository a run uses: the one that the config names, otherwise this
 * checkout's in the default registry. A CI job has none then, since its machine may not be there
 * for the next job.
 */
export async function openCacheHome(
  { cache, root }: Config,
  { context, trust }: { readonly context: Context; readonly trust: Trust },
  need: CacheNeed | undefined,
  io: Io,
): Promise<CacheHome> {
  const isOutsideCi = context.provider === "git" && context.event === "local";
  const isDefault = cache.repository === undefined && (isOutsideCi || need?.inCi === true);
  if (need === undefined || !(isDefault || need.isLocal === true)) {
    const named = cache.repository;
    const repository = named === undefined ? undefined : formatRepository(named);
    return { repository, registry: undefined, warnings: [] };
  }
  const isUntrusted = trust.level === "untrusted";
  const access = isUntrusted ? "read" : need.access;
  const registry = await openDefaultRegistry({ command: need.command, access }, io);
  const isLost = !isOutsideCi && need.isLocal !== true && !isUntrusted;
  return {
    repository: `${registry.host}/${repositoryOfCheckout(root)}`,
    registry,
    warnings: isLost ? [inCiWarning] : [],
  };
}
