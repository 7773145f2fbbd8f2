import type { IncomingMessage, ServerResponse } from "node:http";
import type { LogEntry } from "./log.ts";
import type { Reply } from "../http/reply.ts";
import type { RequestNote } from "../http/request.ts";
import type { Route } from "../http/route.ts";

/** What is known when a request arrives. */
export interface Beginning {
  /** Milliseconds since 1970. */
  readonly time: number;
  /** How many bytes had been written to the connection by then. */
  readonly written: number;
  readonly remote: string | undefined;
}

interface Outcome {
  readonly beginning: Beginning;
  readonly milliseconds: number;
  readonly note: RequestNote;
  /** Undefined if there was none. */
  readonly reply: Reply | undefined;
  /** Whether all of it was sent. */
  readonly sent: boolean;
  readonly error: unknown;
}

/** Recorded when a request arrives: later its connection may be gone. */
export function beginningOf({ socket }: IncomingMessage): Beginning {
  return { time: Date.now(), written: socket.bytesWritten, remote: socket.remoteAddress };
}

/** The log entry of an answered request. */
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
    // The header of a truncated answer is so small that counting it does not matter.
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

/** Passes the body on and counts its bytes. */
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
