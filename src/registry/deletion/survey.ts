import type { Digest } from "../../oci/digest.ts";
import type { Repository } from "../../oci/reference.ts";
import { createLimit } from "../transport/pace/limit.ts";
import { headManifest } from "../manifests/manifests.ts";
import { listTags } from "../manifests/tags.ts";
import type { Transport } from "../transport/transport.ts";
import type { Named } from "./family.ts";

/** Concurrent HEAD requests. */
const lookers = 16;

/** All tagged manifests, with their tags: one listing, and a HEAD for each tag. */
export async function surveyTags(
  transport: Transport,
  repository: Repository,
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<Digest, Named>> {
  const limit = createLimit(lookers);
  const tags = await listTags(transport, repository, signal);
  const found = await Promise.all(
    tags.map((tag) =>
      limit(async () => ({
        tag,
        at: await headManifest(transport, { ...repository, tag }, signal),
      })),
    ),
  );
  const named = new Map<Digest, Named>();
  for (const { tag, at } of found) {
    // Deleted since it was listed.
    if (at === undefined) continue;
    const tagsThere = [...(named.get(at.digest)?.tags ?? []), tag];
    named.set(at.digest, { digest: at.digest, mediaType: at.mediaType, tags: tagsThere });
  }
  return named;
}
