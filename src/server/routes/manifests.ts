import { FormatError } from "../../errors.ts";
import { algorithmOf, type Digest, digestOf, hasherFor } from "../../oci/digest.ts";
import { type Descriptor, type Manifest, parseManifest, referredBy } from "../../oci/manifest.ts";
import { header, type RegistryRequest } from "../http/request.ts";
import { methodNotAllowed, Refusal } from "../http/refusal.ts";
import { type Reply, sliceBytes, type WrittenBody } from "../http/reply.ts";
import { type ManifestName, tagOf } from "../http/route.ts";
import type { OpenManifest } from "../store/manifests.ts";
import type { Store } from "../store/store.ts";
import { matchesEtag } from "./blobs.ts";
import { isConditional, requireStanding, Turns } from "./conditions.ts";
import { receiveManifest } from "./manifest-body.ts";
import { requireModestJson } from "./manifest-shape.ts";

interface ManifestRoute {
  readonly name: string;
  readonly manifest: ManifestName;
}

/** In one request. */
const mostTags = 100;

/** `/v2/<name>/manifests/<reference>`: OCI distribution spec 1.1, "Pulling" and "Pushing Manifests". */
export async function manifestRoute(
  request: RegistryRequest,
  store: Store,
  route: ManifestRoute,
): Promise<Reply> {
  switch (request.method) {
    case "GET":
    case "HEAD":
      return readManifest(request, store, route);
    case "PUT":
      return receiveManifest(request, (bytes) => putManifest(request, store, { ...route, bytes }));
    case "DELETE":
      return deleteManifest(store, route);
    default:
      throw methodNotAllowed(request.method, ["GET", "HEAD", "PUT", "DELETE"]);
  }
}

/**
 * Sent as it was pushed, whatever the client accepts: its digest is of these bytes, and a client
 * that cannot read the type reports that better than a 406 would.
 */
function readManifest(request: RegistryRequest, store: Store, route: ManifestRoute): Reply {
  const found = find(store, route);
  if (found === undefined) throw manifestUnknown(route);
  const etag = `"${found.digest}"`;
  const headers = {
    "content-type": found.mediaType,
    "docker-content-digest": found.digest,
    etag,
  };
  if (matchesEtag(header(request, "if-none-match"), etag)) return { status: 304, headers };
  return { status: 200, headers, body: bodyOf(found) };
}

async function putManifest(
  request: RegistryRequest,
  store: Store,
  { name, manifest, bytes }: ManifestRoute & { readonly bytes: Uint8Array },
): Promise<Reply> {
  const digest = manifest.kind === "digest" ? manifest.digest : digestOf(bytes);
  const actual = digestLike(digest, bytes);
  if (actual !== digest) {
    throw new Refusal(
      400,
      "DIGEST_INVALID",
      `the digest does not match the manifest, whose digest is ${actual}`,
      {
        detail: { digest },
      },
    );
  }
  const content = parse(bytes, header(request, "content-type"));
  const tags = manifest.kind === "tag" ? [manifest.tag] : tagsOf(request);
  for (const tag of tags.length === 0 ? [undefined] : tags) {
    const put = (): Promise<void> =>
      store.putManifest(name, { digest, bytes, content, mediaType: content.mediaType, tag }, () =>
        requireParts(store, name, content),
      );
    if (tag === undefined || !isConditional(request)) {
      await put();
      continue;
    }
    // If two pushes saw the same state, the second must see what the first wrote.
    await turnsOf(store).take(`${name}:${tag}`, () => {
      requireStanding(request, store.manifests.resolve(name, tag));
      return put();
    });
  }
  const subject = content.content.subject?.digest;
  return {
    status: 201,
    headers: {
      location: `/v2/${name}/manifests/${digest}`,
      "docker-content-digest": digest,
      // Tells the client that referrers are supported, so it need not write the fallback tag.
      ...(subject === undefined ? {} : { "oci-subject": subject }),
      ...(manifest.kind === "tag" || tags.length === 0 ? {} : { "oci-tag": tags.join(", ") }),
    },
  };
}

const turns = new WeakMap<Store, Turns>();

function turnsOf(store: Store): Turns {
  const known = turns.get(store) ?? new Turns();
  turns.set(store, known);
  return known;
}

/**
 * The extra tags for a manifest that is pushed by digest: OCI distribution spec after 1.1, "Pushing
 * Manifests", which asks for at least ten. Throws a refusal for an invalid one.
 */
function tagsOf({ query }: RegistryRequest): string[] {
  const tags = query.getAll("tag");
  if (tags.length > mostTags) {
    throw new Refusal(
      414,
      "TAG_INVALID",
      `at most ${mostTags} tags can be added to a manifest at once`,
    );
  }
  return [...new Set(tags.map(tagOf))];
}

async function deleteManifest(store: Store, route: ManifestRoute): Promise<Reply> {
  const { name, manifest } = route;
  const removed =
    manifest.kind === "tag"
      ? await store.manifests.removeTag(name, manifest.tag)
      : await store.manifests.remove(name, manifest.digest);
  if (!removed) throw manifestUnknown(route);
  return { status: 202, headers: {} };
}

/** A large manifest is read while it is sent, so a slow reader only keeps a slice in memory. */
function bodyOf({ size, read }: OpenManifest): Uint8Array | WrittenBody {
  if (size <= sliceBytes) return read(0, size);
  return {
    length: size,
    writeTo: async (write) => {
      for (let at = 0; at < size; at += sliceBytes) {
        await write(read(at, Math.min(sliceBytes, size - at)));
      }
    },
  };
}

function find(store: Store, { name, manifest }: ManifestRoute): OpenManifest | undefined {
  const digest =
    manifest.kind === "digest" ? manifest.digest : store.manifests.resolve(name, manifest.tag);
  return digest === undefined ? undefined : store.manifests.open(name, digest);
}

/**
 * Whatever is served is parsed from the bytes alone, so the bytes have to agree with the header:
 * Docker's types and OCI's must not be confused (CVE-2021-41190).
 */
function parse(bytes: Uint8Array, contentType: string | undefined): Manifest {
  try {
    requireModestJson(bytes);
    const manifest = parseManifest(bytes);
    const announced = parseManifest(bytes, contentType).mediaType;
    if (announced === manifest.mediaType && !contradicts(contentType, announced)) return manifest;
    throw new FormatError(`its media type is ${manifest.mediaType}, but Content-Type differs`);
  } catch (cause) {
    if (!(cause instanceof FormatError)) throw cause;
    throw new Refusal(400, "MANIFEST_INVALID", cause.message, { cause });
  }
}

/** Some clients send a generic type or none; a manifest type has to be right. */
function contradicts(contentType: string | undefined, mediaType: string): boolean {
  const type = contentType?.split(";", 1)[0]?.trim() ?? "";
  return /^application\/vnd\.(?:oci|docker)\./.test(type) && type !== mediaType;
}

/**
 * Throws a refusal that names up to a hundred missing parts: checking tens of thousands for one
 * manifest would block everyone else. The subject need not exist.
 */
function requireParts(store: Store, name: string, manifest: Manifest): void {
  const { manifests, blobs } = referredBy(manifest);
  const missing = new Set<Digest>();
  for (const part of [...blobs, ...manifests]) {
    if (missing.size === 100) break;
    if (manifest.kind === "index" && store.manifests.has(name, part.digest)) continue;
    // For an index too: BuildKit's index form of a cache lists blobs as if they were manifests.
    if (isElsewhere(part) || hasBlob(store, name, part)) continue;
    missing.add(part.digest);
  }
  const [first] = missing;
  if (first === undefined) return;
  const more = missing.size > 1 ? ` and ${missing.size - 1} more` : "";
  throw new Refusal(
    404,
    "MANIFEST_BLOB_UNKNOWN",
    `the repository does not contain ${first}${more}`,
    {
      detail: [...missing].map((digest) => ({ digest })),
    },
  );
}

function hasBlob(store: Store, name: string, { digest }: Descriptor): boolean {
  return store.blobs.find(name, digest) !== undefined;
}

/** Non-distributable layers are not pushed: OCI image spec 1.1, layer.md. */
function isElsewhere({ mediaType }: Descriptor): boolean {
  return (
    mediaType.startsWith("application/vnd.oci.image.layer.nondistributable.") ||
    mediaType === "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"
  );
}

function manifestUnknown({ manifest }: ManifestRoute): Refusal {
  const detail = manifest.kind === "tag" ? { tag: manifest.tag } : { digest: manifest.digest };
  return new Refusal(404, "MANIFEST_UNKNOWN", "the manifest does not exist in this repository", {
    detail,
  });
}

function digestLike(digest: Digest, bytes: Uint8Array): Digest {
  if (algorithmOf(digest) === "sha256") return digestOf(bytes);
  const hasher = hasherFor(digest);
  hasher.update(bytes);
  return hasher.digest();
}
