import type { Digest } from "../../oci/digest.ts";
import { mediaTypes } from "../../oci/media-types.ts";
import { pageOf } from "../http/page.ts";
import { methodNotAllowed, Refusal } from "../http/refusal.ts";
import type { RegistryRequest } from "../http/request.ts";
import type { Reply } from "../http/reply.ts";
import { longestType } from "../store/journal/records.ts";
import type { Store } from "../store/store.ts";
import { listBody } from "./list-body.ts";

/** `/v2/_catalog`: not in OCI's spec but in Docker's; tools list repositories with it. */
export function catalogRoute(request: RegistryRequest, store: Store): Reply {
  requireRead(request);
  const { caller } = request;
  const all = store.repositories();
  const seen = caller === undefined ? all : all.filter((name) => caller.sees(name));
  const page = pageOf(seen, {
    keyOf: (name) => name,
    path: "/v2/_catalog",
    query: request.query,
  });
  return namesReply('{"repositories":[', page);
}

/** `/v2/<name>/tags/list`: OCI distribution spec 1.1, "Listing Tags". */
export function tagsRoute(
  request: RegistryRequest,
  store: Store,
  { name }: { readonly name: string },
): Reply {
  requireRead(request);
  if (!store.hasRepository(name)) {
    throw new Refusal(404, "NAME_UNKNOWN", "the repository does not exist", { detail: { name } });
  }
  const tags = store.manifests.tags(name);
  const page = pageOf(tags, {
    keyOf: (tag) => tag,
    path: `/v2/${name}/tags/list`,
    query: request.query,
  });
  return namesReply(`{"name":${JSON.stringify(name)},"tags":[`, page);
}

/**
 * `/v2/<name>/referrers/<digest>`: OCI distribution spec 1.1, "Listing Referrers". Always an index;
 * it is empty if nothing refers to the subject, whether the subject exists or not.
 */
export function referrersRoute(
  request: RegistryRequest,
  store: Store,
  { name, subject }: { readonly name: string; readonly subject: Digest },
): Reply {
  requireRead(request);
  const { manifests } = store;
  const all = manifests.referrers(name, subject);
  const bytesOf = (digest: Digest | undefined): number =>
    (digest && manifests.referrer(name, digest)?.descriptorBytes) ?? 0;
  const type = request.query.get("artifactType");
  const known = type?.slice(0, longestType);
  // Clients read an answer as a manifest, up to 4 MiB, and annotations can be long.
  const { items, link } = pageOf(
    type === null
      ? all
      : all.filter((digest) => manifests.referrer(name, digest)?.artifactType === known),
    {
      keyOf: (digest) => digest,
      path: `/v2/${name}/referrers/${subject}`,
      query: request.query,
      sizeOf: bytesOf,
    },
  );
  const sizes = items.map(bytesOf);
  const describe = (index: number): Uint8Array | undefined => {
    const digest = items[index];
    const described = digest && manifests.describe(name, digest);
    // One that was being removed when its size was taken has no place in the answer.
    return described?.length === sizes[index] ? described : undefined;
  };
  return {
    status: 200,
    headers: {
      "content-type": mediaTypes.ociIndex,
      ...linkTo(link),
      ...(type === null ? {} : { "oci-filters-applied": "artifactType" }),
    },
    body: listBody({
      head: `{"schemaVersion":2,"mediaType":"${mediaTypes.ociIndex}","manifests":[`,
      tail: "]}",
      length: items.length,
      bytesOf: (index) => sizes[index] ?? 0,
      entryOf: describe,
    }),
  };
}

/** For repositories or tags, whose names are ASCII and need no escapes. */
function namesReply(
  head: string,
  { items, link }: { readonly items: readonly string[]; readonly link: string | undefined },
): Reply {
  return {
    status: 200,
    headers: { "content-type": "application/json", ...linkTo(link) },
    body: listBody({
      head,
      tail: "]}",
      length: items.length,
      bytesOf: (index) => (items[index]?.length ?? 0) + 2,
      entryOf: (index) => JSON.stringify(items[index]),
    }),
  };
}

function requireRead({ method }: RegistryRequest): void {
  if (method !== "GET" && method !== "HEAD") throw methodNotAllowed(method, ["GET", "HEAD"]);
}

function linkTo(link: string | undefined): Record<string, string> {
  return link === undefined ? {} : { link };
}
