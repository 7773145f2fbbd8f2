import type { Digest } from "../../oci/digest.ts";
import { type Descriptor, parseManifest } from "../../oci/manifest.ts";
import { mediaTypes } from "../../oci/media-types.ts";
import { pageOf } from "../page.ts";
import {
  jsonReply,
  methodNotAllowed,
  Refusal,
  type RegistryRequest,
  type Reply,
} from "../reply.ts";
import type { StoredManifest } from "../store/manifests.ts";
import type { Store } from "../store/store.ts";

/** `/v2/_catalog`: not of OCI's spec, but of Docker's, and what tools list repositories with. */
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
  return jsonReply({ repositories: page.items }, linkTo(page.link));
}

/** `/v2/<name>/tags/list`: OCI distribution spec 1.1, "Listing Tags". */
export function tagsRoute(
  request: RegistryRequest,
  store: Store,
  { name }: { readonly name: string },
): Reply {
  requireRead(request);
  if (!store.hasRepository(name)) {
    throw new Refusal(404, "NAME_UNKNOWN", "there is no such repository", { detail: { name } });
  }
  const tags = store.manifests.tags(name);
  const page = pageOf(tags, {
    keyOf: (tag) => tag,
    path: `/v2/${name}/tags/list`,
    query: request.query,
  });
  return jsonReply({ name, tags: page.items }, linkTo(page.link));
}

/**
 * `/v2/<name>/referrers/<digest>`: OCI distribution spec 1.1, "Listing Referrers". Always an
 * index, an empty one where nothing refers to the subject, be it there or not.
 */
export function referrersRoute(
  request: RegistryRequest,
  store: Store,
  { name, subject }: { readonly name: string; readonly subject: Digest },
): Reply {
  requireRead(request);
  const all = store.manifests.referrers(name, subject).map(descriptorOf);
  const type = request.query.get("artifactType");
  const wanted = type === null ? all : all.filter((found) => found.artifactType === type);
  // An answer is a manifest to its readers, and those read 4 MiB of one: annotations are long.
  const page = pageOf(wanted, {
    keyOf: (found) => found.digest,
    path: `/v2/${name}/referrers/${subject}`,
    query: request.query,
    sizeOf: (found) => JSON.stringify(found).length,
  });
  const headers = {
    ...linkTo(page.link),
    ...(type === null ? {} : { "oci-filters-applied": "artifactType" }),
  };
  const index = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: page.items };
  return jsonReply(index, headers, mediaTypes.ociIndex);
}

/** As the spec wants it there: an image without an artifact type has its config's type as one. */
function descriptorOf({ digest, mediaType, bytes }: StoredManifest): Descriptor {
  const manifest = parseManifest(bytes);
  const { artifactType, annotations } = manifest.content;
  const type =
    artifactType !== undefined && artifactType !== ""
      ? artifactType
      : manifest.kind === "manifest"
        ? manifest.content.config.mediaType
        : undefined;
  return {
    mediaType,
    digest,
    size: bytes.length,
    ...(type === undefined ? {} : { artifactType: type }),
    ...(annotations === undefined ? {} : { annotations }),
  };
}

function requireRead({ method }: RegistryRequest): void {
  if (method !== "GET" && method !== "HEAD") throw methodNotAllowed(method, ["GET", "HEAD"]);
}

function linkTo(link: string | undefined): Record<string, string> {
  return link === undefined ? {} : { link };
}
