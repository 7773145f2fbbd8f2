import type { IncomingMessage, ServerResponse } from "node:http";
import type { LogEntry } from "./log.ts";
import type { Reply } from "../http/reply.ts";
import type { RequestNote } from "../http/request.ts";
import type { Route } from "../http/route.ts";

/** What was known when the request came. */
export interface Beginning {
  /** Milliseconds since 1970. */
  readonly time: number;
  /** What the connection had sent by then, in bytes. */
  readonly written: number;
  readonly remote: string | undefined;
}

interface Outcome {
  readonly beginning: Beginning;
  readonly milliseconds: number;
  readonly note: RequestNote;
  /** Undefined where there was none. */
  readonly reply: Reply | undefined;
  /** Whether all of it went out. */
  readonly sent: boolean;
  readonly error: unknown;
}

/** Taken when a request comes: later its connection may be gone. */
export function beginningOf({ socket }: IncomingMessage): Beginning {
  return { time: Date.now(), written: socket.bytesWritten, remote: socket.remoteAddress };
}

/** What the log gets of a request that was answered. */
export function logEntryOf(
  request: IncomingMessage,
  response: ServerResponse,
  { beginning, milliseconds, note, reply, sent, error }: Outcome,
): LogEntry {
  const { method = "GET", url = "/", socket } = request;
  const { route } = note;
  const length = method === "HEAD" ? 0 : bodyLength(reply);
  return {
    time: beginning.time,
    method,
    path: url.split("?", 1)[0] ?? "",
    route: route?.kind,
    repository: route !== undefined && "name" in route ? route.name : undefined,
    reference: route === undefined ? undefined : referenceOf(route),
    status: sent ? response.statusCode : 0,
    bytesIn: note.bytesIn,
    // The head of an answer that was cut is so small that it does no harm to count it.
    bytesOut: sent ? length : Math.min(length, socket.bytesWritten - beginning.written),
    milliseconds,
    user: note.user,
    remote: beginning.remote,
    userAgent: request.headers["user-agent"],
    refusal: reply?.refusal,
    error,
  };
}

function bodyLength(reply: Reply | undefined): number {
  if (reply?.body === undefined || reply.status === 304) return 0;
  return typeof reply.body === "string" ? Buffer.byteLength(reply.body) : reply.body.length;
}

/** The body, with its bytes counted as they are read. */
export function countBody(
  body: AsyncIterable<Uint8Array>,
  note: RequestNote,
): AsyncIterable<Uint8Array> {
  return {
    async *[Symbol.asyncIterator]() {
      for await (const chunk of body) {
        note.bytesIn += chunk.length;
        yield chunk;
      }
    },
  };
}

function referenceOf(route: Route | { readonly kind: "token" }): string | undefined {
  switch (route.kind) {
    case "blob":
      return route.digest;
    case "manifest":
      return route.manifest.kind === "tag" ? route.manifest.tag : route.manifest.digest;
    case "referrers":
      return route.subject;
    case "upload":
      return route.id;
    default:
      return undefined;
  }
}
