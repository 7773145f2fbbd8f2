import type { Credential } from "./docker-config.ts";
import type { CredentialSource } from "./credentials.ts";

/** A source of credentials that remembers the secrets it gave, to mask them in what is printed. */
export interface WatchedCredentials {
  readonly source: CredentialSource;
  /** Passwords and tokens so far, also as they are sent. */
  readonly secrets: () => readonly string[];
}

export function watchCredentials(source: CredentialSource): WatchedCredentials {
  const given = new Set<string>();
  return {
    source: async (repository) => {
      const credential = await source(repository);
      if (credential !== undefined) for (const secret of secretsOf(credential)) given.add(secret);
      return credential;
    },
    secrets: () => [...given],
  };
}

function secretsOf(credential: Credential): readonly string[] {
  if (credential.kind !== "basic") return [credential.token];
  const { username, password } = credential;
  // As in a header (RFC 7617) and in Docker's config file.
  return [password, Buffer.from(`${username}:${password}`).toString("base64")];
}
