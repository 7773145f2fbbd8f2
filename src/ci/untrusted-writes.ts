import type { Config } from "../config/config.ts";
import { isLoopback } from "../oci/reference.ts";

/**
 * Whether untrusted runs may write scratch or previews. Then trust asks git for the default
 * branch's config, which must name the same repositories (docs/trust.md).
 */
export function untrustedWrites(config: Pick<Config, "cache" | "variants">): boolean {
  return config.cache.scratch !== undefined || hasPreviews(config);
}

export function hasPreviews({ variants }: Pick<Config, "variants">): boolean {
  return variants.some(({ preview }) => preview.length > 0);
}

/** The host of `cache.scratch`, if `ci.logins` has no login with which untrusted runs write it. */
export function scratchWithoutLogin({
  cache,
  ci,
}: Pick<Config, "cache" | "ci">): string | undefined {
  const host = cache.scratch?.host;
  if (host === undefined || isLoopback(host)) return undefined;
  return ci.logins[host]?.read === undefined ? host : undefined;
}
