import { readFileSync } from "node:fs";
import type { Digest } from "../../oci/digest.ts";
import { parseRange } from "../range.ts";
import { header, methodNotAllowed, Refusal, type RegistryRequest, type Reply } from "../reply.ts";
import { systemCodeOf } from "../reply.ts";
import type { Store } from "../store/store.ts";
import type { StoredBlob } from "../store/blobs.ts";

interface BlobRoute {
  readonly name: string;
  readonly digest: Digest;
}

/** Up to this many bytes, reading at once is cheaper than opening a stream. */
const smallBytes = 64 << 10;

/** `/v2/<name>/blobs/<digest>`: OCI distribution spec 1.1, "Pulling blobs", "Deleting Blobs". */
export async function blobRoute(
  request: RegistryRequest,
  store: Store,
  { name, digest }: BlobRoute,
): Promise<Reply> {
  switch (request.method) {
    case "GET":
    case "HEAD":
      return readBlob(request, store, { name, digest });
    case "DELETE": {
      // Alone, since a manifest that is being put may just have been told that its blob is there.
      const removed = await store.manifests.alone(name, () => store.blobs.remove(name, digest));
      if (!removed) throw blobUnknown(digest);
      return { status: 202, headers: {} };
    }
    default:
      throw methodNotAllowed(request.method, ["GET", "HEAD", "DELETE"]);
  }
}

function readBlob(request: RegistryRequest, store: Store, { name, digest }: BlobRoute): Reply {
  const blob = store.blobs.find(name, digest);
  if (blob === undefined) throw blobUnknown(digest);
  const etag = `"${digest}"`;
  const headers = {
    "content-type": "application/octet-stream",
    "docker-content-digest": digest,
    "accept-ranges": "bytes",
    "cache-control": "max-age=31536000",
    etag,
  };
  if (matchesEtag(header(request, "if-none-match"), etag)) return { status: 304, headers };
  const condition = header(request, "if-range");
  const wanted = condition === undefined || condition === etag;
  const range = wanted ? parseRange(header(request, "range"), blob.size) : undefined;
  if (range === "unsatisfiable") {
    throw new Refusal(416, "RANGE_INVALID", `the blob has ${blob.size} bytes`, {
      headers: { "content-range": `bytes */${blob.size}` },
    });
  }
  if (range !== undefined) {
    const { start, length } = range;
    return {
      status: 206,
      headers: { ...headers, "content-range": `bytes ${start}-${start + length - 1}/${blob.size}` },
      body: { path: blob.path, start, length },
    };
  }
  const whole = { path: blob.path, start: 0, length: blob.size };
  if (request.method === "HEAD" || blob.size > smallBytes) {
    return { status: 200, headers, body: whole };
  }
  return { status: 200, headers, body: readSmall(store, blob, digest) };
}

/** Whether an `If-None-Match` names this entity (RFC 9110, 13.1.2). */
export function matchesEtag(value: string | undefined, etag: string): boolean {
  if (value === undefined) return false;
  if (value.trim() === "*") return true;
  return value.split(",").some((item) => item.trim().replace(/^W\//, "") === etag);
}

/** The one answer to a blob that is not there, or in another repository only. */
export function blobUnknown(digest: Digest): Refusal {
  return new Refusal(404, "BLOB_UNKNOWN", "the repository has no such blob", {
    detail: { digest },
  });
}

function readSmall(store: Store, blob: StoredBlob, digest: Digest): Uint8Array {
  try {
    return readFileSync(blob.path);
  } catch (error) {
    if (systemCodeOf(error) !== "ENOENT") throw error;
    store.blobs.forget(blob.path);
    throw blobUnknown(digest);
  }
}
