import {
  type ClientRequest,
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingMessage,
  type OutgoingHttpHeaders,
} from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { pipeline, type Readable } from "node:stream";

/** Bytes that are sent as they are, or a stream that is opened anew for each try. */
export type RequestBody =
  | { readonly bytes: Uint8Array }
  | { readonly size: number; readonly open: () => Promise<Readable> };

export interface HttpRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: OutgoingHttpHeaders;
  readonly body?: RequestBody | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds without a byte in either direction. */
  readonly idleMs: number;
}

/** The content could not be read: the fault is not the connection's. */
export class BodySourceError extends Error {}

/** A kept-alive connection that the other side had closed already: nothing was lost, try at once. */
export class StaleConnectionError extends Error {
  readonly code = "ECONNRESET";
}

const connectMs = 15_000;
/** Node closes an idle connection after this; most servers do so only later. Milliseconds. */
const keepAliveMs = 4_000;

/** Connections to registries, kept alive between requests. One request, one answer: no retries here. */
export class Connections {
  readonly #http: HttpAgent;
  readonly #https: HttpsAgent;
  readonly #uncheckedHttps: HttpsAgent;
  readonly #unchecked: (url: URL) => boolean;

  /** `unchecked` names the hosts whose TLS certificate is not looked at. */
  constructor(maxPerHost: number, unchecked: (url: URL) => boolean) {
    const options = {
      keepAlive: true,
      maxSockets: maxPerHost,
      maxFreeSockets: maxPerHost,
      keepAliveMsecs: keepAliveMs,
      timeout: 0,
    };
    this.#http = new HttpAgent(options);
    this.#https = new HttpsAgent(options);
    this.#uncheckedHttps = new HttpsAgent({ ...options, rejectUnauthorized: false });
    this.#unchecked = unchecked;
  }

  /**
   * Sends one request. Resolves with the head of the answer; whoever gets it must read its body
   * or destroy it. Rejects with the socket's error, a `BodySourceError` or a
   * `StaleConnectionError`, or with the signal's reason.
   */
  async send(request: HttpRequest): Promise<IncomingMessage> {
    request.signal?.throwIfAborted();
    const source = await openSource(request.body);
    return new Promise((resolve, reject) => {
      const outgoing = this.#start(request);
      let sourceError: Error | undefined;
      let answered = false;
      outgoing.on("response", (answer) => {
        answered = true;
        // An answer before the end of our content: the connection cannot be used again.
        if (source !== undefined && !outgoing.writableEnded) {
          source.unpipe(outgoing);
          source.destroy();
          answer.once("close", () => outgoing.destroy());
        }
        resolve(answer);
      });
      outgoing.on("error", (error) => {
        if (answered) return;
        if (request.signal?.aborted === true) reject(reasonOf(request.signal));
        else if (sourceError !== undefined) reject(sourceError);
        else if (outgoing.reusedSocket && isReset(error))
          reject(new StaleConnectionError("closed"));
        else reject(error);
        source?.destroy();
      });
      watchConnecting(outgoing);
      outgoing.setTimeout(request.idleMs, () => {
        outgoing.destroy(timeout(`no byte for ${request.idleMs / 1000} seconds`));
      });
      if (source !== undefined) {
        source.once("error", (cause: Error) => {
          sourceError = new BodySourceError("the content could not be read", { cause });
        });
        pipeline(source, outgoing, () => undefined);
      } else {
        outgoing.end(
          request.body !== undefined && "bytes" in request.body ? request.body.bytes : undefined,
        );
      }
    });
  }

  close(): void {
    this.#http.destroy();
    this.#https.destroy();
    this.#uncheckedHttps.destroy();
  }

  #start({ method, url, headers, body, signal }: HttpRequest): ClientRequest {
    const size = body === undefined ? undefined : "bytes" in body ? body.bytes.length : body.size;
    const options = {
      method,
      headers: size === undefined ? headers : { ...headers, "content-length": size },
      ...(signal === undefined ? {} : { signal }),
    };
    if (url.protocol === "http:") return httpRequest(url, { ...options, agent: this.#http });
    const agent = this.#unchecked(url) ? this.#uncheckedHttps : this.#https;
    return httpsRequest(url, { ...options, agent });
  }
}

async function openSource(body: RequestBody | undefined): Promise<Readable | undefined> {
  if (body === undefined || "bytes" in body) return undefined;
  try {
    return await body.open();
  } catch (cause) {
    throw new BodySourceError("the content could not be read", { cause });
  }
}

function watchConnecting(outgoing: ClientRequest): void {
  outgoing.once("socket", (socket) => {
    if (!socket.connecting) return;
    const timer = setTimeout(() => {
      outgoing.destroy(timeout(`no connection within ${connectMs / 1000} seconds`));
    }, connectMs);
    const done = (): void => clearTimeout(timer);
    socket.once("connect", done).once("close", done);
  });
}

function timeout(message: string): Error {
  return Object.assign(new Error(message), { code: "ETIMEDOUT" });
}

function isReset(error: NodeJS.ErrnoException): boolean {
  return error.code === "ECONNRESET" || error.code === "EPIPE";
}

/** What to throw for a signal that was aborted. */
export function reasonOf(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new Error("aborted");
}
