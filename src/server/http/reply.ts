import type { Readable } from "node:stream";
import { Refusal, refusalOf } from "./refusal.ts";

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
