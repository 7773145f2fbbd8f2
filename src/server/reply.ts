import type { Readable } from "node:stream";
import { systemCodeOf } from "../errors.ts";

import type { Caller } from "./access/gate.ts";
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

/** A part of a file that is sent as it is read. */
export interface FileBody {
  readonly path: string;
  /** First byte, from 0. */
  readonly start: number;
  /** Bytes. */
  readonly length: number;
}

/** Bytes that come from elsewhere as they are sent. */
export interface StreamBody {
  /** Destroyed where the client goes away; where it fails, the connection breaks. */
  readonly stream: Readable;
  /** Bytes. */
  readonly length: number;
}

/**
 * Bytes that are made while they are sent, so that an answer is never in memory whole: a slow
 * reader would keep it there.
 */
export interface WrittenBody {
  /** Writes all of it. `write` resolves once the bytes are with the operating system. */
  readonly writeTo: (write: (bytes: Uint8Array) => Promise<void>) => Promise<void>;
  /** Bytes. */
  readonly length: number;
}

/** What an answer may hold in memory; larger ones are a `WrittenBody`. */
export const sliceBytes = 64 << 10;

export interface Reply {
  readonly status: number;
  /** Names in lower case. The adapter adds content-length, and drops the body of an answer to HEAD. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string | FileBody | StreamBody | WrittenBody;
  /** For the log, not for the client: what went wrong on our side. */
  readonly error?: unknown;
  /** For the log: what the client was refused with. */
  readonly refusal?: Refusal;
}

/** Error codes of the OCI distribution spec 1.1, and two that the CNCF registry added. */
export type RefusalCode =
  | "BLOB_UNKNOWN"
  | "BLOB_UPLOAD_INVALID"
  | "BLOB_UPLOAD_UNKNOWN"
  | "DENIED"
  | "DIGEST_INVALID"
  | "MANIFEST_BLOB_UNKNOWN"
  | "MANIFEST_INVALID"
  | "MANIFEST_UNKNOWN"
  | "NAME_INVALID"
  | "NAME_UNKNOWN"
  | "PAGINATION_NUMBER_INVALID"
  | "RANGE_INVALID"
  | "SIZE_INVALID"
  | "TAG_INVALID"
  | "TOOMANYREQUESTS"
  | "UNAUTHORIZED"
  | "UNKNOWN"
  | "UNSUPPORTED";

interface RefusalOptions extends ErrorOptions {
  readonly detail?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An answer other than success. It speaks to the client on the wire, hence no LayerkeepError. */
export class Refusal extends Error {
  readonly status: number;
  readonly code: RefusalCode;
  readonly detail: unknown;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, code: RefusalCode, message: string, options: RefusalOptions = {}) {
    super(message, options);
    this.name = "Refusal";
    this.status = status;
    this.code = code;
    this.detail = options.detail;
    this.headers = options.headers ?? {};
  }
}

/** 405 with what would have been allowed. */
export function methodNotAllowed(method: string, allowed: readonly string[]): Refusal {
  return new Refusal(405, "UNSUPPORTED", `${method} is not supported here`, {
    headers: { allow: allowed.join(", ") },
  });
}

/** JSON with status 200. */
export function jsonReply(
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
  type = "application/json",
): Reply {
  return {
    status: 200,
    headers: { "content-type": type, ...headers },
    body: JSON.stringify(value),
  };
}

/** The answer to whatever a route threw: OCI distribution spec 1.1, "Error Codes". */
export function replyOfError(error: unknown): Reply {
  const refusal = error instanceof Refusal ? error : refusalOf(error);
  return {
    status: refusal.status,
    headers: { "content-type": "application/json", ...refusal.headers },
    body: errorBody(refusal),
    refusal,
    ...(refusal.status < 500 ? {} : { error: refusal.cause ?? refusal }),
  };
}

/** The spec's error body, as JSON. What a client sent is not sent back to it at length. */
export function errorBody({ code, message, detail }: Refusal): string {
  const short = message.length > 500 ? `${message.slice(0, 500)}…` : message;
  return JSON.stringify({
    errors: [{ code, message: short, ...(detail === undefined ? {} : { detail }) }],
  });
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

function refusalOf(cause: unknown): Refusal {
  switch (systemCodeOf(cause)) {
    case "ENOSPC":
    case "EDQUOT":
      return diskFull(cause);
    case "EMFILE":
    case "ENFILE":
      return new Refusal(503, "TOOMANYREQUESTS", "the registry has too many open files", {
        cause,
        headers: { "retry-after": "1" },
      });
    default:
      return new Refusal(500, "UNKNOWN", "the registry failed; its log says why", { cause });
  }
}

/** The spec has no code for it. 507 says what it is, and clients do not retry it blindly. */
export function diskFull(cause?: unknown): Refusal {
  const message = `no space left on the registry's disk: delete something, or let the registry collect ("layerkeep registry collect")`;
  return new Refusal(507, "UNKNOWN", message, { cause });
}

/** Whether the disk, or what this user may have of it, is full. */
export function isNoSpace(error: unknown): boolean {
  return ["ENOSPC", "EDQUOT"].includes(systemCodeOf(error) ?? "");
}
