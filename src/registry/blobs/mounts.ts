import { RegistryError } from "../../errors.ts";
import type { Digest } from "../../oci/digest.ts";
import { formatRepository, type Repository, sameRepository } from "../../oci/reference.ts";
import { type Scope, pullScope, pushScope } from "../auth/auth.ts";
import { createLearned, type Learned } from "../transport/learned.ts";
import type { Answer, Transport } from "../transport/transport.ts";
import { sessionOf, type UploadSession } from "./upload-session.ts";

/**
 * Asks that the registry take a blob over from another of its repositories. Gives `"mounted"`, or
 * where the upload may begin instead; undefined where the registry refuses even that.
 *
 * With `from` the same as `repository` the request is a look and the start of an upload in one: a
 * registry that has the blob there says so, any other begins an upload.
 *
 * One token is asked for that may read there and write here. Where the credentials give none, the
 * mount is asked for with what they give for here: some registries mount what anybody may read,
 * and the others begin an upload.
 */
export async function startMount(
  transport: Transport,
  repository: Repository,
  digest: Digest,
  from: Repository,
  signal?: AbortSignal,
  learned: Learned = createLearned(),
): Promise<"mounted" | UploadSession | undefined> {
  const narrow = [pushScope(repository)];
  const post = (scopes: readonly Scope[]): Promise<Answer> => {
    const query = new URLSearchParams({ mount: digest, from: from.path });
    return transport.send({
      method: "POST",
      repository,
      scopes,
      target: `${repository.path}/blobs/uploads/?${query.toString()}`,
      body: { bytes: new Uint8Array() },
      accept: [201, 202, 400, 404, 405],
      signal,
    });
  };
  const pair = `${formatRepository(repository)} ${formatRepository(from)}`;
  try {
    if (sameRepository(repository, from) || learned.refusedScopes.has(pair)) {
      return outcomeOf(await post(narrow));
    }
    return outcomeOf(
      await post([...narrow, pullScope(from)]).catch((error: unknown) => {
        if (!lacksToken(error)) throw error;
        learned.refusedScopes.add(pair);
        return post(narrow);
      }),
    );
  } catch (error) {
    // A source that the credentials may not read is no failure: the blob is uploaded then.
    if (error instanceof RegistryError && [401, 403].includes(error.status ?? 0)) return undefined;
    throw error;
  }
}

function outcomeOf(answer: Answer): "mounted" | UploadSession | undefined {
  answer.message.resume();
  if (answer.status === 201) return "mounted";
  return answer.status === 202 ? sessionOf(answer, 0) : undefined;
}

/** The token endpoint gave none for both repositories, or one that does not reach both. */
function lacksToken(error: unknown): boolean {
  if (!(error instanceof RegistryError)) return false;
  const { status } = error;
  // The mount itself is a POST to the repository's uploads; a token is asked for elsewhere.
  const refusedByEndpoint =
    !error.url.includes("/blobs/uploads/") && [400, 403, 404].includes(status ?? 0);
  return status === 401 || refusedByEndpoint;
}
