import type { Reference } from "../../oci/reference.ts";
import type { KnownTag, ManifestCache } from "./manifest-cache.ts";
import {
  askForManifest,
  type FetchedManifest,
  getManifest,
  getTaggedManifest,
  headManifest,
  type TaggedManifest,
  takeManifest,
} from "./manifests.ts";
import type { Transport } from "../transport/transport.ts";

interface CachedReadOptions {
  readonly countsPulls: (host: string) => boolean;
  readonly fresh?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Docker Hub: a GET of a manifest counts against the pull limit, a HEAD does not. */
export function hubCountsPulls(host: string): boolean {
  return host === "docker.io" || host === "registry-1.docker.io";
}

/**
 * Like `getManifest`, through a cache: by digest without a request (unless `fresh`), by tag always
 * with one, which is conditional if the tag was read before. If reading a manifest counts as a
 * pull, the tag is first looked up with a HEAD, which does not.
 */
export async function getCachedManifest(
  transport: Transport,
  cache: ManifestCache,
  reference: Reference,
  o: CachedReadOptions,
): Promise<FetchedManifest | undefined> {
  const { digest } = reference;
  const { signal } = o;
  if (digest !== undefined) {
    const known = o.fresh === true ? undefined : cache.get(reference, digest);
    if (known !== undefined) return known;
    const fetched = await getManifest(transport, reference, signal);
    if (fetched === undefined) cache.forget(reference, digest);
    else cache.add(reference, fetched);
    return fetched;
  }
  if (o.countsPulls(reference.host) && cache.holds(reference)) {
    const head = await headManifest(transport, reference, signal);
    if (head === undefined) return undefined;
    const known = cache.get(reference, head.digest);
    if (known !== undefined) return known;
  }
  const found = await getIfChanged(transport, cache.tag(reference), reference, signal);
  if (found === undefined) return undefined;
  cache.add(reference, found.fetched);
  cache.addTag(reference, found.fetched.descriptor.digest, found.etag);
  return found.fetched;
}

async function getIfChanged(
  transport: Transport,
  known: KnownTag | undefined,
  reference: Reference,
  signal: AbortSignal | undefined,
): Promise<TaggedManifest | undefined> {
  if (known === undefined) return getTaggedManifest(transport, reference, signal);
  const answer = await askForManifest(transport, "GET", reference, signal, known.etag);
  if (answer.status !== 304) return takeManifest(transport, reference, answer, signal);
  answer.message.resume();
  const { manifest, etag } = known;
  const said = answer.header("docker-content-digest");
  if (said === undefined || said === manifest.descriptor.digest) return { fetched: manifest, etag };
  // A 304 for another digest, perhaps from a proxy: read what the tag names now.
  return getTaggedManifest(transport, reference, signal);
}
