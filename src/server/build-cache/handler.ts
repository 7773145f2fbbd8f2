import { type Handler } from "../handler.ts";
import { isNoSpace, Refusal } from "../http/refusal.ts";
import type { Reply } from "../http/reply.ts";
import { header, type RegistryRequest } from "../http/request.ts";
import { parseRange } from "../http/sending/range.ts";
import { admit } from "./admit.ts";
import { type ObjectPath, parseObjectPath } from "./object-path.ts";
import type { Objects } from "./objects.ts";
import { textReply } from "./text-reply.ts";
import { answerMkcol, answerPropfind, webdavMethods } from "./webdav.ts";

/** How often objects were asked for, and written. */
export interface BuildCacheCounts {
  hits: number;
  misses: number;
  written: number;
  /** Requests to write that were refused, since the cache may only be read. */
  refused: number;
}

export interface BuildCacheHandlerOptions {
  readonly objects: Objects;
  readonly token: string;
  /** Nothing can be written or deleted. */
  readonly readOnly: boolean;
  /** Called with what failed on our side. */
  readonly onFailure: (error: unknown) => void;
}

const readMethods = ["GET", "HEAD", "PUT", "DELETE"];
const writing = ["PUT", "DELETE", "MKCOL"];

/** A build cache as a function: objects by path, as compilers and build tools read and write them. */
export function createBuildCache(options: BuildCacheHandlerOptions): {
  readonly handle: Handler;
  /** Counted as it goes on. */
  readonly counts: BuildCacheCounts;
} {
  const { objects, token, readOnly, onFailure } = options;
  const counts = { hits: 0, misses: 0, written: 0, refused: 0 };
  const answer = async (request: RegistryRequest): Promise<Reply> => {
    const { method } = request;
    const asked = admit(request, token);
    if (asked === undefined) {
      const challenge = { "www-authenticate": 'Basic realm="layerkeep"' };
      return textReply(401, "the token of this build cache is missing or wrong", challenge);
    }
    const object = parseObjectPath(asked);
    if (object === undefined) return textReply(400, "this path cannot name an object");
    if (readOnly && writing.includes(method)) {
      counts.refused += 1;
      return textReply(403, "this run may only read the cache");
    }
    if (method === "OPTIONS") return { status: 200, headers: { dav: "1", allow } };
    if (method === "PROPFIND") return answerPropfind(request, object.path, objects);
    if (method === "MKCOL") return answerMkcol(object.path, objects);
    if (!readMethods.includes(method)) {
      return textReply(405, `${method} is not supported`, { allow });
    }
    if (object.path === "") return textReply(404, "name an object");
    if (method === "PUT") {
      const isReplaced = await write(request, object, objects);
      counts.written += 1;
      return { status: isReplaced ? 204 : 201, headers: {} };
    }
    if (method === "DELETE") {
      return objects.remove(object.path)
        ? { status: 204, headers: {} }
        : textReply(404, "not found");
    }
    const found = await read(request, object.path, objects);
    if (found === undefined) counts.misses += 1;
    else counts.hits += 1;
    return found ?? textReply(404, "not found");
  };
  const handle: Handler = (request) =>
    answer(request).catch((error: unknown) => {
      if (error instanceof Refusal) return textReply(error.status, error.message);
      // What the client did not finish is no failure of ours.
      if (request.client?.isGone() !== true) onFailure(error);
      return isNoSpace(error)
        ? textReply(507, "no space left on the disk")
        : textReply(500, "the build cache failed; its log says why");
    });
  return { handle, counts };
}

const allow = [...readMethods, ...webdavMethods].join(", ");

/** A client that sends part of an object with Content-Range would make it the whole (RFC 9110, 14.5). */
function write(request: RegistryRequest, object: ObjectPath, objects: Objects): Promise<boolean> {
  if (header(request, "content-range") !== undefined) {
    throw new Refusal(400, "RANGE_INVALID", "an object has to be sent as a whole");
  }
  return objects.write(object, request.body);
}

async function read(
  request: RegistryRequest,
  path: string,
  objects: Objects,
): Promise<Reply | undefined> {
  const opened = objects.open(path);
  if (opened === undefined) return undefined;
  const { size } = opened;
  const type = { "content-type": "application/octet-stream", "accept-ranges": "bytes" };
  // A range is for GET alone (RFC 9110, 14.2).
  const range = request.method === "GET" ? parseRange(header(request, "range"), size) : undefined;
  if (range === "unsatisfiable") {
    return textReply(416, "the range is outside of the object", {
      "content-range": `bytes */${size}`,
    });
  }
  const { start, length } = range ?? { start: 0, length: size };
  if (length === 0) return { status: 200, headers: type, body: "" };
  // The adapter drops the body of HEAD.
  if (request.method === "HEAD")
    return { status: 200, headers: type, body: { path, start, length } };
  const stream = await opened.read(start, length);
  if (stream === undefined) return undefined;
  const part = `bytes ${start}-${start + length - 1}/${size}`;
  return range === undefined
    ? { status: 200, headers: type, body: { stream, length } }
    : { status: 206, headers: { ...type, "content-range": part }, body: { stream, length } };
}
