import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
  STATUS_CODES,
} from "node:http";
import type { Server as TlsServer } from "node:https";
import type { Socket } from "node:net";
import { pipeline } from "node:stream/promises";
import { systemCodeOf } from "../../errors.ts";
import { readBody } from "./body/body-chunks.ts";
import { clientOf } from "./client-address.ts";
import { type ConnectionLimits, Connections } from "./connections.ts";
import type { Handler } from "../handler.ts";
import type { LogEntry } from "../observe/log.ts";
import { beginningOf, countBody, logEntryOf } from "../observe/log-entry.ts";
import { errorBody, type Reply, replyOfError } from "./reply.ts";
import { Refusal } from "./refusal.ts";
import type { RegistryRequest, RequestNote } from "./request.ts";
import { sendFile } from "./sending/send-file.ts";
import { sendWritten } from "./sending/send-written.ts";
import { createTlsServer } from "../tls/tls-server.ts";

export interface HttpOptions {
  readonly handle: Handler;
  /** How long a connection may be idle in the middle of a request or answer, in milliseconds. */
  readonly idleMs: number;
  /** Called for each request. Without it, nothing is collected for a log. */
  readonly onLog?: ((entry: LogEntry) => void) | undefined;
  /** How many connections may be open; the defaults are in `Connections`. */
  readonly connections?: ConnectionLimits | undefined;
  /** Called for requests that failed on our side. */
  readonly onFailure?: ((entry: LogEntry) => void) | undefined;
  /** Serves TLS, and no plain HTTP. */
  readonly tls?: { readonly cert: string; readonly key: string } | undefined;
}

/** Larger request headers get a 431 from Node before we see them. */
const largestHead = 16 << 10;
/** Old Docker clients look for it. */
const version = { "docker-distribution-api-version": "registry/2.0" };
/** More than `Connections` allows, so that it can choose which one to close. */
const mostAccepted = 1_280;
/** How much of an unwanted body is read, so that the client gets the answer. */
const drainedBytes = 64 << 20;
const drainedMs = 10_000;

/** An HTTP server for a handler: bodies are streamed both ways, and every wait is bounded. */
export function createHttpServer(options: HttpOptions): Server | TlsServer {
  const settings = {
    maxHeaderSize: largestHead,
    headersTimeout: Math.min(20_000, options.idleMs),
    // A large upload over a slow line takes hours, so only idle time is limited.
    requestTimeout: 0,
    keepAliveTimeout: 65_000,
    connectionsCheckingInterval: Math.min(5_000, options.idleMs),
  };
  const connections = new Connections(options.connections);
  const listener = (request: IncomingMessage, response: ServerResponse): void =>
    connections.take(request, response, () => serve(request, response, options));
  const refuse = (error: Error, socket: Socket): void =>
    connections.end(socket, () => refuseRaw(error, socket));
  const server =
    options.tls === undefined
      ? createServer(settings, listener)
      : createTlsServer(
          { ...settings, ...options.tls, handshakeTimeout: settings.headersTimeout },
          listener,
          refuse,
        );
  if (options.tls === undefined) server.on("clientError", refuse);
  server.on("connection", (socket: Socket) => connections.add(socket));
  server.timeout = options.idleMs;
  server.maxConnections = mostAccepted;
  // Node would request the body before the header is checked.
  server.on("checkContinue", listener);
  server.on("checkExpectation", (request: IncomingMessage, response: ServerResponse) =>
    connections.take(request, response, () =>
      refuseExpectation(request, response).catch(() => void response.destroy()),
    ),
  );
  return server;
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  options: HttpOptions,
): Promise<void> {
  const began = performance.now();
  const { method = "GET" } = request;
  const { onLog, onFailure } = options;
  const note: RequestNote | undefined = onLog === undefined ? undefined : { bytesIn: 0 };
  const beginning = note === undefined ? undefined : beginningOf(request);
  let reply: Reply | undefined;
  let error: unknown;
  let sent = false;
  let working = true;
  response.on("timeout", () => {
    // A large blob may take long to reach the disk after its last byte arrived.
    if (!working) request.socket.destroy();
  });
  try {
    reply = await options.handle(toRequest(request, response, note));
    working = false;
    error = reply.error;
    // A body that was not requested does not arrive, or arrives late: nothing may follow it.
    if (isWaiting(request) && !request.readableDidRead && !response.headersSent) {
      response.setHeader("connection", "close");
    }
    if (!request.complete) closeAfterBody(request);
    // A body that stopped was already answered.
    if (!response.headersSent) await send(response, method, reply);
    sent = !response.destroyed || response.writableFinished;
  } catch (cause) {
    error = cause;
    response.destroy();
  }
  if (!request.complete) discardRest(request);
  if (onLog === undefined && (onFailure === undefined || error === undefined)) return;
  const entry = logEntryOf(request, response, {
    beginning: beginning ?? beginningOf(request),
    milliseconds: performance.now() - began,
    note: note ?? { bytesIn: 0 },
    reply,
    sent,
    error,
  });
  onLog?.(entry);
  if (error !== undefined) onFailure?.(entry);
}

function toRequest(
  request: IncomingMessage,
  response: ServerResponse,
  note: RequestNote | undefined,
): RegistryRequest {
  const url = request.url ?? "/";
  const mark = url.indexOf("?");
  const body = bodyOf(request, response);
  return {
    method: request.method ?? "GET",
    path: mark < 0 ? url : url.slice(0, mark),
    query: new URLSearchParams(mark < 0 ? "" : url.slice(mark + 1)),
    headers: request.headers,
    body: note === undefined ? body : countBody(body, note),
    client: {
      address: () => clientOf(request.socket.remoteAddress),
      isGone: () => request.socket.destroyed,
    },
    note,
  };
}

/**
 * The body as it arrives; if it stops, the request is answered with 408 and the body ends with an
 * error.
 */
function bodyOf(request: IncomingMessage, response: ServerResponse): AsyncIterable<Uint8Array> {
  return {
    [Symbol.asyncIterator]: () => {
      request.on("timeout", () => {
        if (response.headersSent) {
          request.destroy();
          return;
        }
        const slow = new Refusal(408, "BLOB_UPLOAD_INVALID", "the request body stopped arriving");
        const reply = replyOfError(slow);
        response.writeHead(reply.status, {
          ...reply.headers,
          ...lengthOf(reply),
          connection: "close",
        });
        response.end(reply.body, () => request.destroy());
      });
      if (isWaiting(request)) response.writeContinue();
      // Stopping early must not close the connection: the request still has to be answered.
      return readBody(request);
    },
  };
}

/** Whether the client waits for permission to send its body (RFC 9110, 10.1.1). */
function isWaiting({ headers }: IncomingMessage): boolean {
  return headers.expect?.toLowerCase() === "100-continue";
}

async function send(response: ServerResponse, method: string, reply: Reply): Promise<void> {
  const { status, headers, body } = reply;
  response.writeHead(status, { ...headers, ...version, ...lengthOf(reply) });
  if (method === "HEAD" || body === undefined || status === 304) {
    response.end();
  } else if (typeof body === "string" || body instanceof Uint8Array) {
    response.end(body);
  } else if ("stream" in body) {
    await pipeline(body.stream, response);
  } else if ("writeTo" in body) {
    await sendWritten(response, body);
  } else {
    await sendFile(response, body);
  }
}

function lengthOf({ status, body }: Reply): { "content-length": number } | undefined {
  if (status === 204 || status === 304) return undefined;
  if (body === undefined) return { "content-length": 0 };
  return { "content-length": typeof body === "string" ? Buffer.byteLength(body) : body.length };
}

/**
 * Node destroys the connection as soon as it has sent an answer with `connection: close`. While the
 * client is still sending, that resets the connection, and most clients would never read the
 * answer: only our side is closed until the body is complete.
 */
function closeAfterBody(request: IncomingMessage): void {
  const { socket } = request;
  const destroy = socket.destroySoon.bind(socket);
  let isEnded = false;
  socket.destroySoon = () => {
    isEnded = true;
    socket.end();
  };
  request.once("end", () => {
    socket.destroySoon = destroy;
    if (isEnded) destroy();
  });
}

/** The answer is sent and the client is still sending: what it sends is read, within bounds. */
function discardRest(request: IncomingMessage): void {
  const { socket } = request;
  let bytes = 0;
  const timer = setTimeout(() => socket.destroy(), drainedMs);
  timer.unref();
  request.on("data", (chunk: Uint8Array) => {
    bytes += chunk.length;
    if (bytes > drainedBytes) socket.destroy();
  });
  request.once("close", () => clearTimeout(timer));
  request.once("end", () => clearTimeout(timer));
  request.on("error", () => undefined);
  request.resume();
}

/** RFC 9110, 10.1.1 defines only one expectation. */
async function refuseExpectation(
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const reply = replyOfError(
    new Refusal(417, "UNSUPPORTED", "the only supported expectation is 100-continue"),
  );
  response.setHeader("connection", "close");
  await send(response, request.method ?? "GET", reply);
}

/** Answers what Node could not parse. There is no response object, so it is written by hand. */
function refuseRaw(error: Error, socket: Socket): void {
  if (!socket.writable || systemCodeOf(error) === "ECONNRESET") {
    socket.destroy();
    return;
  }
  const status = rawStatuses[systemCodeOf(error) ?? ""] ?? 400;
  const reason = STATUS_CODES[status] ?? "Bad Request";
  const body = errorBody(new Refusal(status, "UNSUPPORTED", reason.toLowerCase()));
  socket.end(
    `HTTP/1.1 ${status} ${reason}\r\nconnection: close\r\ncontent-type: application/json\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

const rawStatuses: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};
