import { count } from "../../count.ts";
import type { Digest } from "../../oci/digest.ts";
import { isRepositoryPath } from "../../oci/reference.ts";
import { type ByteRange, parseContentRange } from "../http/sending/range.ts";
import { contentLength, header, type RegistryRequest } from "../http/request.ts";
import { methodNotAllowed, Refusal } from "../http/refusal.ts";
import type { Reply } from "../http/reply.ts";
import { digestOf } from "../http/route.ts";
import type { Store } from "../store/store.ts";
import { type Upload, uploadUnknown } from "../store/uploads.ts";

/** `/v2/<name>/blobs/uploads/`: OCI distribution spec 1.1, "Pushing blobs", "Mounting a blob". */
export async function uploadsRoute(
  request: RegistryRequest,
  store: Store,
  { name }: { readonly name: string },
): Promise<Reply> {
  if (request.method !== "POST") throw methodNotAllowed(request.method, ["POST"]);
  const mounted = await tryMount(request, store, name);
  if (mounted !== undefined) return mounted;
  const wanted = request.query.get("digest");
  if (wanted === null) {
    requireAlgorithm(request.query.get("digest-algorithm"));
    const upload = await store.uploads.begin(name, request.caller?.user);
    return { status: 202, headers: uploadHeaders(upload) };
  }
  const digest = digestOf(wanted);
  const upload = store.uploads.once(name, digest);
  try {
    return await finish(request, store, upload, digest);
  } catch (error) {
    await store.uploads.end(upload);
    throw error;
  }
}

/** `/v2/<name>/blobs/uploads/<id>`: OCI distribution spec 1.1, "Pushing a blob in chunks". */
export async function uploadRoute(
  request: RegistryRequest,
  store: Store,
  { name, id }: { readonly name: string; readonly id: string },
): Promise<Reply> {
  requireOwn(request, store, name, id);
  switch (request.method) {
    case "GET":
    case "HEAD": {
      const upload = store.uploads.get(name, id);
      return { status: 204, headers: uploadHeaders(upload) };
    }
    case "PATCH":
      return store.uploads.use(name, id, (upload) => appendChunk(request, upload), isResumable);
    case "PUT": {
      const digest = digestOf(request.query.get("digest") ?? "");
      const put = (upload: Upload): Promise<Reply> => finish(request, store, upload, digest);
      return store.uploads.use(name, id, put, isResumable);
    }
    case "DELETE":
      await store.uploads.use(name, id, (upload) => store.uploads.end(upload), isResumable);
      return { status: 204, headers: {} };
    default:
      throw methodNotAllowed(request.method, ["GET", "HEAD", "PATCH", "PUT", "DELETE"]);
  }
}

/**
 * OCI distribution spec after 1.1, "Pushing blobs": an unsupported algorithm is refused at the
 * start.
 */
function requireAlgorithm(algorithm: string | null): void {
  if (algorithm === null || algorithm === "sha256" || algorithm === "sha512") return;
  throw new Refusal(400, "DIGEST_INVALID", "only sha256 and sha512 digests are supported");
}

/** An upload belongs to the user who started it: for others it does not exist. */
function requireOwn({ caller }: RegistryRequest, store: Store, name: string, id: string): void {
  if (caller === undefined) return;
  if (store.uploads.get(name, id).owner !== caller.user) throw uploadUnknown();
}

/** The body was cut off, or the chunk was not the next one. Earlier content still counts. */
class ResumableError extends Refusal {}

function isResumable(error: unknown): boolean {
  return error instanceof ResumableError;
}

async function appendChunk(request: RegistryRequest, upload: Upload): Promise<Reply> {
  await append(request, upload);
  return { status: 202, headers: uploadHeaders(upload) };
}

async function finish(
  request: RegistryRequest,
  store: Store,
  upload: Upload,
  digest: Digest,
): Promise<Reply> {
  await append(request, upload);
  const actual = await upload.file.seal(digest);
  if (actual !== digest) {
    throw new Refusal(
      400,
      "DIGEST_INVALID",
      `the digest does not match the content, whose digest is ${actual}`,
      {
        detail: { expected: digest, actual, size: upload.file.size },
      },
    );
  }
  await store.commit(upload, digest);
  return blobCreated(upload.name, digest);
}

/** Appends the request's body, which has to be as long as announced. */
async function append(request: RegistryRequest, upload: Upload): Promise<void> {
  const range = chunkOf(request, upload);
  const before = upload.file.size;
  const expected = range?.length ?? contentLength(request);
  const body = new Watched(request.body);
  try {
    await upload.file.append(body);
  } catch (cause) {
    if (!body.isBroken) throw cause;
    const { status, message } =
      cause instanceof Refusal ? cause : { status: 400, message: "the request body ended early" };
    throw new ResumableError(status, "BLOB_UPLOAD_INVALID", message, { cause });
  }
  const got = upload.file.size - before;
  if (expected !== undefined && got !== expected) {
    throw new Refusal(400, "SIZE_INVALID", `expected ${count(expected, "byte")}, but got ${got}`);
  }
}

/** Throws a refusal if the chunk is not the next one. */
function chunkOf(request: RegistryRequest, upload: Upload): ByteRange | undefined {
  const value = header(request, "content-range");
  const length = contentLength(request);
  // Some clients send a Content-Range with the last, empty PUT.
  if (value === undefined || length === 0) return undefined;
  const range = parseContentRange(value);
  if (range === undefined) {
    throw new ResumableError(416, "RANGE_INVALID", "Content-Range must have the form START-END", {
      headers: uploadHeaders(upload),
    });
  }
  if (length !== undefined && length !== range.length) {
    throw new ResumableError(400, "SIZE_INVALID", "Content-Range does not match Content-Length");
  }
  if (range.start !== upload.file.size) {
    throw new ResumableError(
      416,
      "RANGE_INVALID",
      "the chunk does not start where the upload ends",
      {
        headers: uploadHeaders(upload),
      },
    );
  }
  return range;
}

/** A refused mount becomes an upload, as the spec requires: undefined. */
async function tryMount(
  request: RegistryRequest,
  store: Store,
  name: string,
): Promise<Reply | undefined> {
  const mount = request.query.get("mount");
  if (mount === null) return undefined;
  const digest = digestOf(mount);
  const from = request.query.get("from");
  if (from !== null && !isRepositoryPath(from)) return undefined;
  const sources = from === null ? store.repositories() : [from];
  for (const source of sources) {
    // A blob that the caller may not read counts as missing: a mount must not reveal it.
    if (request.caller?.may(source, "pull") === false) continue;
    if (store.blobs.find(source, digest) === undefined) continue;
    if (await store.mount(name, digest, source)) return blobCreated(name, digest);
  }
  return undefined;
}

function blobCreated(name: string, digest: Digest): Reply {
  return {
    status: 201,
    headers: { location: `/v2/${name}/blobs/${digest}`, "docker-content-digest": digest },
  };
}

/** `0-0` before the first byte is what the CNCF registry sends and clients expect. */
function uploadHeaders({ name, id, file }: Upload): Record<string, string> {
  return {
    location: `/v2/${name}/blobs/uploads/${id}`,
    range: `0-${Math.max(file.size - 1, 0)}`,
    "docker-upload-uuid": id,
  };
}

/** Distinguishes a body that broke off from a disk that failed. */
class Watched implements AsyncIterable<Uint8Array> {
  readonly #body: AsyncIterable<Uint8Array>;
  isBroken = false;

  constructor(body: AsyncIterable<Uint8Array>) {
    this.#body = body;
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    const chunks = this.#body[Symbol.asyncIterator]();
    const onBroken = (error: unknown): never => {
      this.isBroken = true;
      throw error;
    };
    return {
      next: () => chunks.next().catch(onBroken),
      // Releases the body, so that the rest of it can be discarded.
      return: () => chunks.return?.() ?? Promise.resolve({ done: true, value: undefined }),
    };
  }
}
