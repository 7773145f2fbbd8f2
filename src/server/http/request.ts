import type { Caller } from "../access/rights/rights.ts";
import type { Route } from "./route.ts";

/**
 * The input and output of a route. Neither knows about sockets, so routes can be tested by calling
 * them; `create-server.ts` is the adapter to Node's server.
 */
export interface RegistryRequest {
  readonly method: string;
  /** As received: percent-encoded and without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Throws if the client stops in the middle. Can be read once. */
  readonly body: AsyncIterable<Uint8Array>;
  /** The connection it arrived on; undefined if there is none. */
  readonly client?: Client | undefined;
  /** Who sends it; undefined if everyone may do everything. */
  readonly caller?: Caller | undefined;
  /** Collects details for the log, if there is one. */
  readonly note?: RequestNote | undefined;
}

export interface Client {
  /** The address by which limits count it: see `clientOf`. */
  readonly address: () => string;
  /** Whether the client no longer waits for the answer. */
  readonly isGone: () => boolean;
}

export interface RequestNote {
  route?: Route | { readonly kind: "token" };
  user?: string | undefined;
  /** How many bytes of the body were read. */
  bytesIn: number;
}

/** One value of a header; the first if there are several. */
export function header(request: RegistryRequest, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === "string" ? value : value?.[0];
}

/** Content-Length in bytes; undefined if the body is chunked or there is none. */
export function contentLength(request: RegistryRequest): number | undefined {
  const value = header(request, "content-length");
  return value === undefined || !/^\d+$/.test(value) ? undefined : Number(value);
}
