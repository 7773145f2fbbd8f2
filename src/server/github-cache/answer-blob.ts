import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import { readBounded } from "../../registry/transport/read-bounded.ts";
import { isSignedText } from "../access/tokens/jwt.ts";
import { parseRange } from "../http/sending/range.ts";
import type { Entries } from "./entries.ts";

/** A list of 50,000 blocks has about 3 MB. */
const largestList = 4 << 20;

/** Put Blob, Put Block, Put Block List and Get Blob of Azure's blob service. */
export async function answerBlob(
  entries: Entries,
  secret: string,
  { pathname, searchParams }: URL,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  // Azure's client requires it: dockerd panics without it.
  response.setHeader("x-ms-request-id", randomUUID());
  const id = /^\/blobs\/([\da-f-]{36})$/.exec(pathname)?.[1];
  const right = request.method === "PUT" ? "w" : "r";
  const signed = isSignedText(`${id ?? ""} ${right}`, searchParams.get("sig") ?? "", secret);
  if (id === undefined || !signed) {
    response.writeHead(403, { "x-ms-error-code": "AuthenticationFailed" }).end();
    return;
  }
  if (right === "w") {
    const isList = searchParams.get("comp") === "blocklist";
    const block = searchParams.get("blockid") ?? undefined;
    const taken = isList
      ? await entries.join(id, blocksOf((await readBounded(request, largestList)).toString()))
      : await entries.receive(id, block, request);
    response.writeHead(taken ? 201 : 400, taken ? {} : { "x-ms-error-code": "InvalidBlockList" });
    response.end();
    return;
  }
  const opened = await entries.open(id);
  if (opened === undefined) {
    notFound(response);
    return;
  }
  const { size } = opened;
  const asked = request.headers["x-ms-range"] ?? request.headers.range;
  const range = parseRange(typeof asked === "string" ? asked : undefined, size);
  if (range === "unsatisfiable") {
    response.writeHead(416, { "x-ms-error-code": "InvalidRange" }).end();
    return;
  }
  const { start, length } = range ?? { start: 0, length: size };
  const part =
    range === undefined ? {} : { "content-range": `bytes ${start}-${start + length - 1}/${size}` };
  const isSent = request.method !== "HEAD" && length > 0;
  const stream = isSent ? await opened.read(start, length) : undefined;
  if (isSent && stream === undefined) {
    notFound(response);
    return;
  }
  response.writeHead(range === undefined ? 200 : 206, {
    "content-type": "application/octet-stream",
    "content-length": length,
    "x-ms-blob-type": "BlockBlob",
    ...part,
  });
  if (stream === undefined) response.end();
  else await pipeline(stream, response);
}

function notFound(response: ServerResponse): void {
  response.writeHead(404, { "x-ms-error-code": "BlobNotFound" }).end();
}

function blocksOf(xml: string): readonly string[] {
  return [...xml.matchAll(/<(?:Latest|Uncommitted|Committed)>([^<]+)</g)].flatMap(
    ([, id]) => id ?? [],
  );
}
