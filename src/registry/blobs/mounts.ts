import { RegistryError } from "../../errors.ts";
import type { Digest } from "../../oci/digest.ts";
import { formatRepository, type Repository, sameRepository } from "../../oci/reference.ts";
import { type Scope, pullScope, pushScope } from "../auth/auth.ts";
import { createLearned, type Learned } from "../transport/learned.ts";
import type { Answer, Transport } from "../transport/transport.ts";
import { sessionOf, type UploadSession } from "./upload-session.ts";

/**
 * Asks the registry to mount a blob from another of its repositories. Returns `"mounted"`, or where
 * the upload may begin instead; undefined if the registry refuses even that.
 *
 * If `from` is the same as `repository`, one request both checks for the blob and begins an upload:
 * a registry that has the blob there reports it, any other begins an upload.
 *
 * The request needs one token to read there and write here. If the credentials allow no such token,
 * it uses the token for here: some registries mount what anybody may read, and the others begin an
 * upload.
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
    // A source that the credentials may not read is not a failure: the blob is uploaded instead.
    if (error instanceof RegistryError && [401, 403].includes(error.status ?? 0)) return undefined;
    throw error;
  }
}

function outcomeOf(answer: Answer): "mounted" | UploadSession | undefined {
  answer.message.resume();
  if (answer.status === 201) return "mounted";
  return answer.status === 202 ? sessionOf(answer, 0) : undefined;
}

/** The token endpoint returned no token for both repositories, or one that does not cover both. */
function lacksToken(error: unknown): boolean {
  if (!(error instanceof RegistryError)) return false;
  const { status } = error;
  // The mount itself is a POST to the repository's uploads; a token request goes elsewhere.
  const refusedByEndpoint =
    !error.url.includes("/blobs/uploads/") && [400, 403, 404].includes(status ?? 0);
  return status === 401 || refusedByEndpoint;
}
