import { UsageError } from "../../errors.ts";
import { formatRepository } from "../../oci/reference.ts";
import type { Credential, CredentialSource } from "./credentials.ts";

/** Which environment variables hold the credentials for some repositories. */
export interface CredentialRule {
  /** `quay.io`, `quay.io/acme/*` (all below it) or `quay.io/acme/app`. */
  readonly repository: string;
  /** Names of variables, never secrets. */
  readonly variables:
    | { readonly kind: "basic"; readonly username: string; readonly password: string }
    | { readonly kind: "bearer" | "identity"; readonly token: string };
}

export interface ConfiguredCredentialOptions {
  readonly rules: readonly CredentialRule[];
  readonly env: NodeJS.ProcessEnv;
  /**
   * Whoever wrote the rules may not be one who may have the secrets, so only variables whose name
   * begins with `LAYERKEEP_` are read, and where one is not set the registry is asked anonymously.
   */
  readonly untrusted: boolean;
  /** Asked for the repositories that no rule is for. */
  readonly otherwise: CredentialSource;
}

const openPrefix = "LAYERKEEP_";

/**
 * The credentials that rules name, the narrowest rule first. The source throws a usage error that
 * names the variable where one is not set, or is empty, and the run is not untrusted.
 */
export function configuredCredentials(options: ConfiguredCredentialOptions): CredentialSource {
  const rules = [...options.rules].sort((a, b) => widthOf(b) - widthOf(a));
  return async (repository) => {
    const name = formatRepository(repository);
    const rule = rules.find((candidate) => matches(candidate.repository, name));
    return rule === undefined ? options.otherwise(repository) : credentialOf(rule, options);
  };
}

/** Of two that match the same repository, the longer is the narrower. */
function widthOf({ repository }: CredentialRule): number {
  return repository.replace(/\*$/, "").length;
}

function matches(pattern: string, name: string): boolean {
  if (pattern.endsWith("/*")) return name.startsWith(pattern.slice(0, -1));
  return pattern.includes("/") ? name === pattern : name.startsWith(`${pattern}/`);
}

function credentialOf(
  { repository, variables }: CredentialRule,
  { env, untrusted }: ConfiguredCredentialOptions,
): Credential | undefined {
  const names =
    variables.kind === "basic" ? [variables.username, variables.password] : [variables.token];
  const values = names.map((name) =>
    untrusted && !name.startsWith(openPrefix) ? "" : (env[name] ?? ""),
  );
  const unset = names.filter((_, index) => values[index] === "");
  if (unset.length > 0) {
    if (untrusted) return undefined;
    throw new UsageError(
      unset.map((name) => ({
        message: `${name} is not set, or is empty: the credentials for ${repository} should be in it`,
      })),
      { hint: "set it in this run's environment, or take the entry out of credentials" },
    );
  }
  const [first = "", second = ""] = values;
  return variables.kind === "basic"
    ? { kind: "basic", username: first, password: second }
    : { kind: variables.kind, token: first };
}
