import type { Digest } from "../../oci/digest.ts";
import { isRepositoryPath } from "../../oci/reference.ts";
import { type ByteRange, parseContentRange } from "../http/range.ts";
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

/** OCI distribution spec after 1.1, "Pushing blobs": what cannot be checked is said at the start. */
function requireAlgorithm(algorithm: string | null): void {
  if (algorithm === null || algorithm === "sha256" || algorithm === "sha512") return;
  throw new Refusal(400, "DIGEST_INVALID", "digests are by sha256 or sha512 here");
}

/** An upload belongs to who began it: to others it is not there. */
function requireOwn({ caller }: RegistryRequest, store: Store, name: string, id: string): void {
  if (caller === undefined) return;
  if (store.uploads.get(name, id).owner !== caller.user) throw uploadUnknown();
}

/** The body was cut, or the chunk was not the next one: what came before it still counts. */
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
    throw new Refusal(400, "DIGEST_INVALID", `the content is ${actual}`, {
      detail: { expected: digest, actual, size: upload.file.size },
    });
  }
  await store.commit(upload, digest);
  return blobCreated(upload.name, digest);
}

/** Appends what the request brings, which has to be what it says that it brings. */
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
      cause instanceof Refusal ? cause : { status: 400, message: "the body broke off" };
    throw new ResumableError(status, "BLOB_UPLOAD_INVALID", message, { cause });
  }
  const got = upload.file.size - before;
  if (expected !== undefined && got !== expected) {
    throw new Refusal(400, "SIZE_INVALID", `${got} bytes came where ${expected} were announced`);
  }
}

/** Throws a refusal where the chunk is not the next one. */
function chunkOf(request: RegistryRequest, upload: Upload): ByteRange | undefined {
  const value = header(request, "content-range");
  const length = contentLength(request);
  // Some clients send a Content-Range with the last, empty PUT.
  if (value === undefined || length === 0) return undefined;
  const range = parseContentRange(value);
  if (range === undefined) {
    throw new ResumableError(416, "RANGE_INVALID", "Content-Range is not start-end", {
      headers: uploadHeaders(upload),
    });
  }
  if (length !== undefined && length !== range.length) {
    throw new ResumableError(400, "SIZE_INVALID", "Content-Range does not fit Content-Length");
  }
  if (range.start !== upload.file.size) {
    throw new ResumableError(416, "RANGE_INVALID", "the chunk is not the next one", {
      headers: uploadHeaders(upload),
    });
  }
  return range;
}

/** A refused mount becomes an upload, as the spec has it: undefined. */
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
    // What the caller may not read is as good as not there: it must not be told by a mount.
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

/** `0-0` with no byte yet is what the CNCF registry says, and what clients know. */
function uploadHeaders({ name, id, file }: Upload): Record<string, string> {
  return {
    location: `/v2/${name}/blobs/uploads/${id}`,
    range: `0-${Math.max(file.size - 1, 0)}`,
    "docker-upload-uuid": id,
  };
}

/** Tells a body that broke off from a disk that failed. */
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
      // Lets go of the body, so that what is left of it can be thrown away.
      return: () => chunks.return?.() ?? Promise.resolve({ done: true, value: undefined }),
    };
  }
}
