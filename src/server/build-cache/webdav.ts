import type { Reply } from "../http/reply.ts";
import { header, type RegistryRequest } from "../http/request.ts";
import { textReply } from "./text-reply.ts";
import type { Objects } from "./objects.ts";

/** The methods of WebDAV (RFC 4918) that sccache uses: a folder is asked for, and made. */
export const webdavMethods = ["OPTIONS", "PROPFIND", "MKCOL"];

/** What is there under a path. Its members are not listed. */
export function answerPropfind(request: RegistryRequest, path: string, objects: Objects): Reply {
  const object = objects.find(path);
  if (object === undefined && !objects.hasFolder(path)) return textReply(404, "not found");
  if (header(request, "depth") !== "0") {
    return textReply(403, "only a depth of 0 is supported");
  }
  const kind =
    object === undefined
      ? "<D:resourcetype><D:collection/></D:resourcetype>"
      : `<D:resourcetype/><D:getcontentlength>${object.size}</D:getcontentlength>`;
  // Nobody asks when a folder changed; RFC 4918 wants a time.
  const time = new Date(object?.mtimeMs ?? 0).toUTCString();
  // A path has nothing that XML writes in another way: see `parseObjectPath`.
  const body =
    `<?xml version="1.0" encoding="utf-8"?>\n<D:multistatus xmlns:D="DAV:"><D:response>` +
    `<D:href>${request.path}</D:href><D:propstat><D:prop>${kind}` +
    `<D:getlastmodified>${time}</D:getlastmodified></D:prop>` +
    `<D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response></D:multistatus>\n`;
  return { status: 207, headers: { "content-type": "application/xml; charset=utf-8" }, body };
}

/** Makes a folder, and those that it is in. */
export function answerMkcol(path: string, objects: Objects): Reply {
  if (objects.hasFolder(path)) return textReply(405, "the folder exists");
  if (objects.find(path) !== undefined) return textReply(405, "an object has this name");
  objects.makeFolder(path);
  return { status: 201, headers: {} };
}
