import {
  type ClientRequest,
  request as httpRequest,
  type IncomingMessage,
  type OutgoingHttpHeaders,
} from "node:http";
import { request as httpsRequest } from "node:https";
import { pipeline, Readable } from "node:stream";
import { type AgentOptions, Agents, type Route } from "./agents.ts";
import { seconds, TooSlowError } from "../pace/limits.ts";
import { ProtocolError, type Watched, watchRequest } from "../pace/watch.ts";

/** Sends a chunk; resolves once its buffer may be overwritten. */
export type Write = (chunk: Uint8Array) => Promise<void>;
/** Sends content, all of it or the bytes from `start` up to `end`, until the signal aborts. */
export type Pour = (
  write: Write,
  signal: AbortSignal,
  part?: { readonly start: number; readonly end: number },
) => Promise<void>;

/** Bytes, or content that is opened again for each try. */
export type RequestBody =
  | { readonly bytes: Uint8Array }
  | { readonly size: number; readonly open: () => Promise<Readable | Pour> };

export interface HttpRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: OutgoingHttpHeaders;
  readonly body?: RequestBody | undefined;
  readonly signal?: AbortSignal | undefined;
  /** How long the other side may take. */
  readonly watched: Watched;
  /** Use a connection that the answer can be taken over from: a `RingSocket`. */
  readonly ring?: boolean | undefined;
}

/** The content could not be read: the connection is not to blame. */
export class BodySourceError extends Error {}

/**
 * The other side had already closed a kept-alive connection: nothing was sent, so try again at
 * once.
 */
export class StaleConnectionError extends Error {
  readonly code = "ECONNRESET";
}

/** A proxy could not be reached, or rejected us. */
export class ProxyError extends Error {
  readonly host: string;
  readonly code: string | undefined;

  constructor(host: string, cause: Error) {
    super(cause.message, { cause });
    this.host = host;
    this.code = "code" in cause && typeof cause.code === "string" ? cause.code : undefined;
  }
}

const connectMs = 15_000;
/** The time limit for a proxy to connect, if the request itself has that long. Milliseconds. */
const proxyMs = 60_000;
/** Content in memory is sent in slices of this size, to measure its progress. Bytes. */
const sliceBytes = 256 << 10;

/** Connections to registries, kept alive between requests. One request, one answer, no retries. */
export class Connections {
  readonly #agents: Agents;
  readonly #traffic: AgentOptions["traffic"];

  constructor(options: AgentOptions) {
    this.#agents = new Agents(options);
    this.#traffic = options.traffic;
  }

  /**
   * Sends one request. Resolves with the head of the answer; the caller must read its body or
   * destroy it. Rejects with the socket's error, a `BodySourceError`, a `ProxyError`, a
   * `StaleConnectionError`, or the signal's reason.
   */
  async send(request: HttpRequest): Promise<IncomingMessage> {
    request.signal?.throwIfAborted();
    const route = await this.#agents.route(request.url, request.ring === true);
    const source = await openSource(request.body);
    return new Promise((resolve, reject) => {
      const outgoing = start(request, route);
      this.#traffic?.watch(outgoing, request.url.host);
      const proxied =
        route.proxy &&
        watchProxy(outgoing, { proxy: route.proxy.url, headMs: request.watched.headMs }, reject);
      // A request without a connection emits nothing when it is destroyed.
      const abort = (): void => {
        if (request.signal !== undefined) reject(reasonOf(request.signal));
      };
      request.signal?.addEventListener("abort", abort, { once: true });
      outgoing.once("close", () => request.signal?.removeEventListener("abort", abort));
      const feed = source === undefined ? undefined : startFeed(source, outgoing);
      let answered = false;
      outgoing.on("response", (answer) => {
        answered = true;
        // Without `Upgrade`, Node treats a 101 like any other answer.
        if (answer.statusCode === 101) {
          outgoing.destroy();
          reject(otherProtocol());
          return;
        }
        // An answer before the end of our content: the connection cannot be reused.
        if (feed !== undefined && !outgoing.writableEnded) {
          feed.stop();
          answer.once("close", () => outgoing.destroy());
        }
        resolve(answer);
      });
      outgoing.on("error", (error) => {
        feed?.stop();
        if (answered) return;
        if (request.signal?.aborted === true) reject(reasonOf(request.signal));
        else if (feed?.failure !== undefined) reject(feed.failure);
        else if (proxied?.passed === false) reject(new ProxyError(proxied.host, error));
        else if (outgoing.reusedSocket && isReset(error))
          reject(new StaleConnectionError("closed"));
        else reject(error);
      });
      // Node closes such a connection and, before Node 24, emits nothing.
      outgoing.once("upgrade", (_, socket) => {
        socket.destroy();
        reject(otherProtocol());
      });
      outgoing.once("close", () => reject(closed()));
      watchConnecting(outgoing, request.watched.headMs);
      watchRequest(outgoing, request.watched);
      if (feed === undefined) {
        outgoing.end(
          request.body !== undefined && "bytes" in request.body ? request.body.bytes : undefined,
        );
      }
    });
  }

  close(): void {
    this.#agents.close();
  }
}

function start({ method, url, headers, body, signal }: HttpRequest, route: Route): ClientRequest {
  const size = body === undefined ? undefined : "bytes" in body ? body.bytes.length : body.size;
  const { agent, rejectUnauthorized } = route;
  const options = {
    method,
    headers: size === undefined ? headers : { ...headers, "content-length": size },
    agent,
    ...(signal === undefined ? {} : { signal }),
  };
  if (url.protocol === "http:") return httpRequest(url, options);
  return httpsRequest(url, { ...options, rejectUnauthorized });
}

/** Fails a request that does not get past its proxy. */
function watchProxy(
  outgoing: ClientRequest,
  { proxy, headMs }: { readonly proxy: URL; readonly headMs: number },
  reject: (error: Error) => void,
): { readonly host: string; passed: boolean } {
  const watched = { host: proxy.host, passed: false };
  const limitMs = Math.min(proxyMs, headMs);
  const timer = setTimeout(() => {
    const late = new TooSlowError(`the connection timed out after ${seconds(limitMs)}`);
    reject(new ProxyError(proxy.host, late));
    outgoing.destroy(late);
  }, limitMs);
  const pass = (): void => {
    watched.passed = true;
    clearTimeout(timer);
  };
  outgoing.once("socket", pass).once("close", () => clearTimeout(timer));
  // The proxy's answer to CONNECT is not from the registry.
  outgoing.once("proxyConnect", ({ statusCode = 200 }: { readonly statusCode?: number }) => {
    if (statusCode === 200) return;
    outgoing.off("socket", pass);
    const code = statusCode >= 500 ? { code: "ECONNRESET" } : {};
    outgoing.destroy(Object.assign(new Error(`CONNECT failed with status ${statusCode}`), code));
  });
  return watched;
}

/** Content that is being sent in a request. */
interface Feed {
  /** Why it could not be read; undefined while it can. */
  readonly failure: BodySourceError | undefined;
  /** Stops: the rest is not needed. */
  stop(): void;
}

function startFeed(source: Readable | Pour, outgoing: ClientRequest): Feed {
  return typeof source === "function" ? feedPoured(source, outgoing) : feedPiped(source, outgoing);
}

function feedPiped(source: Readable, outgoing: ClientRequest): Feed {
  const feed = {
    failure: undefined as BodySourceError | undefined,
    stop(): void {
      source.unpipe(outgoing);
      source.destroy();
    },
  };
  source.once("error", (cause: Error) => (feed.failure = unreadable(cause)));
  pipeline(source, outgoing, () => undefined);
  return feed;
}

function feedPoured(pour: Pour, outgoing: ClientRequest): Feed {
  const stopped = new AbortController();
  const feed = {
    failure: undefined as BodySourceError | undefined,
    stop: () => stopped.abort(),
  };
  const write: Write = (chunk) =>
    new Promise((resolve, reject) => {
      outgoing.write(chunk, (error) => {
        // The connection broke, which is not the content's fault.
        if (error) stopped.abort(error);
        if (error) reject(error);
        else resolve();
      });
    });
  pour(write, stopped.signal).then(
    () => outgoing.end(),
    (cause: unknown) => {
      if (stopped.signal.aborted) return;
      feed.failure = unreadable(cause);
      outgoing.destroy(feed.failure);
    },
  );
  return feed;
}

function unreadable(cause: unknown): BodySourceError {
  return new BodySourceError("the content could not be read", { cause });
}

async function openSource(body: RequestBody | undefined): Promise<Readable | Pour | undefined> {
  if (body === undefined) return undefined;
  if ("bytes" in body) {
    if (body.bytes.length <= sliceBytes) return undefined;
    return Readable.from(slicesOf(body.bytes), { objectMode: false });
  }
  try {
    return await body.open();
  } catch (cause) {
    throw unreadable(cause);
  }
}

function* slicesOf(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += sliceBytes) yield bytes.subarray(at, at + sliceBytes);
}

function watchConnecting(outgoing: ClientRequest, headMs: number): void {
  const limitMs = Math.min(connectMs, headMs);
  outgoing.once("socket", (socket) => {
    if (!socket.connecting) return;
    const timer = setTimeout(() => {
      outgoing.destroy(new TooSlowError(`could not connect within ${seconds(limitMs)}`));
    }, limitMs);
    const done = (): void => clearTimeout(timer);
    socket.once("connect", done).once("close", done);
  });
}

function otherProtocol(): ProtocolError {
  return new ProtocolError("it returned 101 (Switching Protocols)");
}

function closed(): Error {
  return Object.assign(new Error("the connection was closed"), { code: "ECONNRESET" });
}

function isReset(error: NodeJS.ErrnoException): boolean {
  return error.code === "ECONNRESET" || error.code === "EPIPE";
}

/** The error for an aborted signal. */
export function reasonOf(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new Error("aborted");
}
