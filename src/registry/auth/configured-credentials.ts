import { isDeepStrictEqual } from "node:util";
import { UsageError } from "../../errors.ts";
import { formatRepository } from "../../oci/reference.ts";
import type { Credential } from "./docker-config.ts";
import type { CredentialSource } from "./credentials.ts";

/** The environment variables with the credentials for some repositories. */
export interface CredentialRule {
  /** `quay.io`, `quay.io/acme/*` (everything below it) or `quay.io/acme/app`. */
  readonly repository: string;
  /** Names of variables, never secrets. */
  readonly variables:
    | { readonly kind: "basic"; readonly username: string; readonly password: string }
    | { readonly kind: "bearer" | "identity"; readonly token: string };
}

export interface ConfiguredCredentialOptions {
  readonly rules: readonly CredentialRule[];
  readonly env: NodeJS.ProcessEnv;
  /** Set if the author of the rules may not be allowed to have the secrets. */
  readonly untrusted: UntrustedCredentials | undefined;
  /** Used for repositories without a rule. */
  readonly otherwise: CredentialSource;
}

/**
 * Which rules count in an untrusted run: only variables with names that begin with `LAYERKEEP_`,
 * and only for hosts that a source outside the rules confirms. All other hosts are asked
 * anonymously.
 */
export interface UntrustedCredentials {
  /** Hosts that may be sent any of these variables. */
  readonly hosts: readonly string[];
  /** Trusted rules: a host may be sent what they name for it. Or why there are none. */
  readonly outside: () => Promise<
    { readonly rules: readonly CredentialRule[] } | { readonly problem: string }
  >;
  /** Called once for each host whose configured credentials are withheld. */
  readonly onHeldBack: (message: string) => void;
}

const openPrefix = "LAYERKEEP_";

/**
 * The credentials that the rules name, the narrowest rule first. In a trusted run, the source
 * throws a usage error with the variable's name if it is unset or empty.
 */
export function configuredCredentials(options: ConfiguredCredentialOptions): CredentialSource {
  const rules = [...options.rules].sort((a, b) => widthOf(b) - widthOf(a));
  const told = new Set<string>();
  return async (repository) => {
    const name = formatRepository(repository);
    const rule = rules.find((candidate) => matches(candidate.repository, name));
    if (rule === undefined) return options.otherwise(repository);
    const { untrusted } = options;
    if (untrusted === undefined) return credentialOf(rule, options.env);
    const credential = openCredentialOf(rule, options.env);
    const why = credential && (await whyHeldBack(rule, untrusted));
    if (why === undefined) return credential;
    const host = hostOf(rule);
    if (!told.has(host))
      untrusted.onHeldBack(`not sending the configured credentials to ${host}: ${why}`);
    told.add(host);
    return undefined;
  };
}

/** Why an untrusted run may not follow a rule; undefined if an outside source confirms it. */
async function whyHeldBack(
  rule: CredentialRule,
  { hosts, outside }: UntrustedCredentials,
): Promise<string | undefined> {
  const host = hostOf(rule);
  if (hosts.includes(host)) return undefined;
  const found = await outside();
  const advice = `to allow it, set LAYERKEEP_CREDENTIAL_HOSTS=${host} in the job's environment`;
  const untrusted = "this run is untrusted, and so is its config";
  if ("problem" in found) {
    return `${untrusted}; the default branch's config could not be read (${found.problem}); ${advice}`;
  }
  const same = found.rules.some(
    (one) => hostOf(one) === host && isDeepStrictEqual(one.variables, rule.variables),
  );
  return same
    ? undefined
    : `${untrusted}; the default branch's config does not name the same variables for ${host}; ${advice}`;
}

function hostOf({ repository }: CredentialRule): string {
  return repository.split("/", 1)[0] ?? "";
}

/** Of two rules that match the same repository, the longer is the narrower. */
function widthOf({ repository }: CredentialRule): number {
  return repository.replace(/\*$/, "").length;
}

function matches(pattern: string, name: string): boolean {
  if (pattern.endsWith("/*")) return name.startsWith(pattern.slice(0, -1));
  return pattern.includes("/") ? name === pattern : name.startsWith(`${pattern}/`);
}

function namesOf({ variables }: CredentialRule): readonly string[] {
  return variables.kind === "basic" ? [variables.username, variables.password] : [variables.token];
}

function credentialOf(rule: CredentialRule, env: NodeJS.ProcessEnv): Credential {
  const { repository, variables } = rule;
  const names = namesOf(rule);
  const values = names.map((name) => env[name] ?? "");
  const unset = names.filter((_, index) => values[index] === "");
  if (unset.length > 0) {
    throw new UsageError(
      unset.map((name) => ({
        message: `${name} is unset or empty: it must contain the credentials for ${repository}`,
      })),
      { hint: "set it in this run's environment, or remove the entry from credentials" },
    );
  }
  const [first = "", second = ""] = values;
  return variables.kind === "basic"
    ? { kind: "basic", username: first, password: second }
    : { kind: variables.kind, token: first };
}

/**
 * Credentials from variables that an untrusted run may read; undefined if any may not be read, or
 * is not set.
 */
function openCredentialOf(rule: CredentialRule, env: NodeJS.ProcessEnv): Credential | undefined {
  const isOpen = namesOf(rule).every(
    (name) => name.startsWith(openPrefix) && (env[name] ?? "") !== "",
  );
  return isOpen ? credentialOf(rule, env) : undefined;
}
