import type { Repository } from "../../../oci/reference.ts";
import type { RegistryClientOptions } from "../../../registry/client.ts";
import { chooseRemover } from "../../../registry/deletion/choose.ts";
import type { Remover } from "../../../registry/deletion/remover.ts";
import { createTransport } from "../../../registry/transport/create-transport.ts";

/** Deletes in a repository, over connections that end with it. */
export interface OpenRemover extends Disposable {
  readonly remover: Remover;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The remover for a repository, with the credentials that its registry's own API needs, as the
 * environment has them: QUAY_TOKEN, GITHUB_TOKEN, DOCKERHUB_USERNAME and DOCKERHUB_TOKEN, or AWS's
 * own. Throws a usage error if they are needed and missing.
 */
export function openRemover(
  repository: Repository,
  options: RegistryClientOptions,
  env: Environment,
): OpenRemover {
  const transport = createTransport(options);
  const has = (name: string): string | undefined => (env[name] === "" ? undefined : env[name]);
  const [quay, github] = [has("QUAY_TOKEN"), has("GITHUB_TOKEN") ?? has("GH_TOKEN")];
  const [username, hub] = [has("DOCKERHUB_USERNAME"), has("DOCKERHUB_TOKEN")];
  const [accessKeyId, secretAccessKey] = [has("AWS_ACCESS_KEY_ID"), has("AWS_SECRET_ACCESS_KEY")];
  try {
    const remover = chooseRemover(repository, {
      transport,
      quay: quay === undefined ? undefined : { token: quay },
      ghcr: github === undefined ? undefined : { token: github, apiUrl: has("GITHUB_API_URL") },
      dockerHub: username === undefined || hub === undefined ? undefined : { username, token: hub },
      ecr:
        accessKeyId === undefined || secretAccessKey === undefined
          ? undefined
          : { accessKeyId, secretAccessKey, sessionToken: has("AWS_SESSION_TOKEN") },
    });
    return { remover, [Symbol.dispose]: () => transport.close() };
  } catch (error) {
    transport.close();
    throw error;
  }
}
