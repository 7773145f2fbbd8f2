import { secretNames } from "../buildkit/builder/environment.ts";
import type { Config } from "../config/config.ts";

/** Names of environment variables that a run reads secrets from, sorted. */
export interface SecretVariables {
  /** For every job that asks a registry: `credentials` of the config. */
  readonly registries: readonly string[];
  /** For build jobs: the secrets of variants, and what the cache's type takes. */
  readonly builds: readonly string[];
}

/** The environment variables that the config's secrets are in. */
export function secretVariablesOf({
  credentials,
  variants,
  cache,
}: Pick<Config, "credentials" | "variants" | "cache">): SecretVariables {
  const registries = credentials.flatMap(({ variables }) =>
    variables.kind === "basic" ? [variables.username, variables.password] : [variables.token],
  );
  const ofCache = cache.type === "s3" ? ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] : [];
  const builds = [...variants.flatMap(({ secrets }) => secretNames(secrets)), ...ofCache];
  return { registries: sorted(registries), builds: sorted(builds) };
}

/**
 * Those variables that an untrusted run reads: its config may be a stranger's, so that it cannot
 * choose (docs/trust.md).
 */
export function readUntrusted(names: readonly string[]): readonly string[] {
  return names.filter((name) => name.startsWith("LAYERKEEP_"));
}

function sorted(names: readonly string[]): readonly string[] {
  return [...new Set(names)].sort();
}
