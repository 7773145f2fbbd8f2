import type { Caller } from "../access/rights/rights.ts";
import type { Route } from "./route.ts";

/**
 * What a route is given and what it gives back. Neither knows of sockets, so that routes can be
 * tested by calling them; `http.ts` is the adapter to Node's server.
 */
export interface RegistryRequest {
  readonly method: string;
  /** As it came, percent-encoding and all, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Throws where the client stops in the middle. May be read once. */
  readonly body: AsyncIterable<Uint8Array>;
  /** The connection that it came on; undefined if it came on none. */
  readonly client?: Client | undefined;
  /** Who sends it; undefined where everyone may do everything. */
  readonly caller?: Caller | undefined;
  /** What is learned about it on the way, where there is a log to tell. */
  readonly note?: RequestNote | undefined;
}

export interface Client {
  /** What limits count it by: see `clientOf`. */
  readonly address: () => string;
  /** Whether nobody waits for the answer any more. */
  readonly isGone: () => boolean;
}

export interface RequestNote {
  route?: Route | { readonly kind: "token" };
  user?: string | undefined;
  /** Bytes of the body that were read. */
  bytesIn: number;
}

/** One value of a header, the first where it came twice. */
export function header(request: RegistryRequest, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === "string" ? value : value?.[0];
}

/** Content-Length in bytes; undefined where the body comes chunked or there is none. */
export function contentLength(request: RegistryRequest): number | undefined {
  const value = header(request, "content-length");
  return value === undefined || !/^\d+$/.test(value) ? undefined : Number(value);
}
