import { FormatError } from "../../errors.ts";
import { algorithmOf, type Digest, digestOf, hasherFor } from "../../oci/digest.ts";
import { type Descriptor, type Manifest, parseManifest, referredBy } from "../../oci/manifest.ts";
import {
  contentLength,
  header,
  methodNotAllowed,
  Refusal,
  type RegistryRequest,
  type Reply,
} from "../reply.ts";
import type { ManifestName } from "../route.ts";
import type { StoredManifest } from "../store/manifests.ts";
import type { Store } from "../store/store.ts";
import { matchesEtag } from "./blobs.ts";

interface ManifestRoute {
  readonly name: string;
  readonly manifest: ManifestName;
}

/** What the spec asks registries to take, and no more. */
const largestManifest = 4 << 20;

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
      return putManifest(request, store, route);
    case "DELETE":
      return deleteManifest(store, route);
    default:
      throw methodNotAllowed(request.method, ["GET", "HEAD", "PUT", "DELETE"]);
  }
}

/**
 * Sent as it was pushed, whatever the client would accept: its digest is of these bytes, and a
 * client that cannot read the type says so better than a 406 could.
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
  return { status: 200, headers, body: found.bytes };
}

async function putManifest(
  request: RegistryRequest,
  store: Store,
  { name, manifest }: ManifestRoute,
): Promise<Reply> {
  const bytes = await readAll(request);
  const digest = manifest.kind === "digest" ? manifest.digest : digestOf(bytes);
  const actual = digestLike(digest, bytes);
  if (actual !== digest) {
    throw new Refusal(400, "DIGEST_INVALID", `the manifest is ${actual}`, { detail: { digest } });
  }
  const content = parse(bytes, header(request, "content-type"));
  await store.putManifest(
    name,
    {
      digest,
      bytes,
      content,
      mediaType: content.mediaType,
      tag: manifest.kind === "tag" ? manifest.tag : undefined,
    },
    () => requireParts(store, name, content),
  );
  const subject = content.content.subject?.digest;
  return {
    status: 201,
    headers: {
      location: `/v2/${name}/manifests/${digest}`,
      "docker-content-digest": digest,
      // Tells the client that referrers are kept, and that it need not write the fallback tag.
      ...(subject === undefined ? {} : { "oci-subject": subject }),
    },
  };
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

function find(store: Store, { name, manifest }: ManifestRoute): StoredManifest | undefined {
  const digest =
    manifest.kind === "digest" ? manifest.digest : store.manifests.resolve(name, manifest.tag);
  return digest === undefined ? undefined : store.manifests.find(name, digest);
}

async function readAll(request: RegistryRequest): Promise<Uint8Array> {
  const tooLarge = new Refusal(413, "SIZE_INVALID", "a manifest has at most 4 MiB", {
    detail: { limit: largestManifest },
  });
  const expected = contentLength(request);
  if ((expected ?? 0) > largestManifest) throw tooLarge;
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body) {
    size += chunk.length;
    if (size > largestManifest) throw tooLarge;
    chunks.push(chunk);
  }
  if (expected !== undefined && size !== expected) {
    throw new Refusal(400, "SIZE_INVALID", `${size} bytes came where ${expected} were announced`);
  }
  return Buffer.concat(chunks);
}

/**
 * What is served is parsed from the bytes alone, so the bytes have to say the same as the header
 * did: Docker's types and ours must not be mixed up (CVE-2021-41190).
 */
function parse(bytes: Uint8Array, contentType: string | undefined): Manifest {
  try {
    const manifest = parseManifest(bytes);
    const announced = parseManifest(bytes, contentType).mediaType;
    if (announced === manifest.mediaType && !contradicts(contentType, announced)) return manifest;
    throw new FormatError(`it is a ${manifest.mediaType}, not what Content-Type says`);
  } catch (cause) {
    if (!(cause instanceof FormatError)) throw cause;
    throw new Refusal(400, "MANIFEST_INVALID", cause.message, { cause });
  }
}

/** Clients that know no better send a general type, or none; one of a manifest has to be right. */
function contradicts(contentType: string | undefined, mediaType: string): boolean {
  const type = contentType?.split(";", 1)[0]?.trim() ?? "";
  return /^application\/vnd\.(?:oci|docker)\./.test(type) && type !== mediaType;
}

/** Throws a refusal that names all that is missing. The subject need not be there. */
function requireParts(store: Store, name: string, manifest: Manifest): void {
  const { manifests, blobs } = referredBy(manifest);
  const missing = [
    ...blobs.filter((blob) => !isElsewhere(blob) && !hasBlob(store, name, blob)),
    // BuildKit's index form of a cache lists blobs as if they were manifests.
    ...manifests.filter(
      (child) => !store.manifests.has(name, child.digest) && !hasBlob(store, name, child),
    ),
  ];
  if (missing.length === 0) return;
  const digests = [...new Set(missing.map((descriptor) => descriptor.digest))];
  const more = digests.length > 1 ? ` and ${digests.length - 1} more` : "";
  throw new Refusal(
    404,
    "MANIFEST_BLOB_UNKNOWN",
    `the repository does not have ${String(digests[0])}${more}`,
    { detail: digests.slice(0, 100).map((digest) => ({ digest })) },
  );
}

function hasBlob(store: Store, name: string, { digest }: Descriptor): boolean {
  return store.blobs.find(name, digest) !== undefined;
}

/** Layers that may not be distributed are not pushed: OCI image spec 1.1, layer.md. */
function isElsewhere({ mediaType }: Descriptor): boolean {
  return (
    mediaType.startsWith("application/vnd.oci.image.layer.nondistributable.") ||
    mediaType === "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"
  );
}

function manifestUnknown({ manifest }: ManifestRoute): Refusal {
  const detail = manifest.kind === "tag" ? { tag: manifest.tag } : { digest: manifest.digest };
  return new Refusal(404, "MANIFEST_UNKNOWN", "the repository has no such manifest", { detail });
}

function digestLike(digest: Digest, bytes: Uint8Array): Digest {
  if (algorithmOf(digest) === "sha256") return digestOf(bytes);
  const hasher = hasherFor(digest);
  hasher.update(bytes);
  return hasher.digest();
}
