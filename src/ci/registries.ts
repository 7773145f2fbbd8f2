import type { SecretNames } from "../config/ci/ci-config.ts";
import type { Config } from "../config/config.ts";
import { isSecretName } from "../config/ci/secret-name.ts";
import { UsageError } from "../errors.ts";
import { isLoopback } from "../oci/reference.ts";

/** A registry that jobs log in to. */
export interface Registry {
  /** As references name it: `docker.io`, `registry.lan:5000`. */
  readonly host: string;
  /** Whether a trusted run writes to it: it has the cache, or images are published to it. */
  readonly written: boolean;
  /** Undefined: the CI's own registry, which takes the job's token. */
  readonly login: SecretNames | undefined;
  /** The login of untrusted runs; undefined: they ask it anonymously, or with the job's token. */
  readonly read: SecretNames | undefined;
}

/**
 * What a job does with registries. `read`: of a trusted run; `untrusted`: it reads, and may run a
 * stranger's commit.
 */
export type Access = "read" | "write" | "untrusted";

/** The login with no more rights than the access needs; undefined: none, or the job's token. */
export function loginFor({ login, read }: Registry, access: Access): SecretNames | undefined {
  switch (access) {
    case "write":
      return login;
    case "read":
      return read ?? login;
    case "untrusted":
      return read;
  }
}

/**
 * The registries that jobs log in to, sorted by host: those that the config writes to and those of
 * `ci.logins`. `own` is the host of the CI's own registry. Throws a usage error if the secrets of
 * two hosts would have one name.
 */
export function registriesOf(
  config: Pick<Config, "cache" | "variants" | "ci">,
  own: string,
): readonly Registry[] {
  const written = writtenHosts(config);
  const { logins } = config.ci;
  const named = Object.keys(logins);
  const hosts = new Set([...named, ...[...written].filter((host) => !isLoopback(host))]);
  const registries = [...hosts].sort().map((host): Registry => {
    const given = logins[host];
    const login = given ?? (host === own ? undefined : secretNamesOf(host));
    return { host, written: written.has(host), login, read: given?.read };
  });
  refuseSameNames(registries.filter(({ host }) => !named.includes(host)));
  return registries;
}

function writtenHosts({ cache, variants }: Pick<Config, "cache" | "variants">): Set<string> {
  const published = variants.flatMap(({ publish }) =>
    publish.map(({ repository }) => repository.slice(0, repository.indexOf("/"))),
  );
  return new Set([
    ...(cache.repository === undefined ? [] : [cache.repository.host]),
    ...published,
  ]);
}

/** `QUAY_IO_USERNAME` and `QUAY_IO_PASSWORD`; Docker Hub's as its own documentation has them. */
export function secretNamesOf(host: string): SecretNames {
  if (host === "docker.io") return { username: "DOCKERHUB_USERNAME", password: "DOCKERHUB_TOKEN" };
  const name = host.toUpperCase().replace(/[^A-Z0-9]+/g, "_");
  const valid = isSecretName(name) ? name : `_${name}`;
  return { username: `${valid}_USERNAME`, password: `${valid}_PASSWORD` };
}

function refuseSameNames(registries: readonly Registry[]): void {
  const hosts = new Map<string, string>();
  for (const { host, login } of registries) {
    if (login === undefined) continue;
    const other = hosts.get(login.username);
    if (other !== undefined) {
      throw new UsageError(`${other} and ${host} would share the secret ${login.username}`, {
        hint: "set the secret names for one of them in ci.logins",
      });
    }
    hosts.set(login.username, host);
  }
}
