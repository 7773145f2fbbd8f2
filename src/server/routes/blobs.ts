import { count } from "../../count.ts";
import type { Digest } from "../../oci/digest.ts";
import { parseRange } from "../http/sending/range.ts";
import type { FileBody, Reply } from "../http/reply.ts";
import { header, type RegistryRequest } from "../http/request.ts";
import { methodNotAllowed, Refusal } from "../http/refusal.ts";
import type { Store } from "../store/store.ts";

interface BlobRoute {
  readonly name: string;
  readonly digest: Digest;
}

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
      if (!(await store.blobs.remove(name, digest))) throw blobUnknown(digest);
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
    throw new Refusal(
      416,
      "RANGE_INVALID",
      `the range is outside the blob, which is ${count(blob.size, "byte")} long`,
      {
        headers: { "content-range": `bytes */${blob.size}` },
      },
    );
  }
  const { start, length } = range ?? { start: 0, length: blob.size };
  const span = `bytes ${start}-${start + length - 1}/${blob.size}`;
  return {
    status: range === undefined ? 200 : 206,
    headers: range === undefined ? headers : { ...headers, "content-range": span },
    body: bodyOf(store.blobs.read(blob), start, length),
  };
}

/** Whether an `If-None-Match` names this entity (RFC 9110, 13.1.2). */
export function matchesEtag(value: string | undefined, etag: string): boolean {
  if (value === undefined) return false;
  if (value.trim() === "*") return true;
  return value.split(",").some((item) => item.trim().replace(/^W\//, "") === etag);
}

/** The same answer whether a blob does not exist or is only in another repository. */
function blobUnknown(digest: Digest): Refusal {
  return new Refusal(404, "BLOB_UNKNOWN", "the blob does not exist in this repository", {
    detail: { digest },
  });
}

function bodyOf(source: Uint8Array | string, start: number, length: number): Uint8Array | FileBody {
  if (typeof source === "string") return { path: source, start, length };
  return length === source.length ? source : source.subarray(start, start + length);
}
