import type { Readable } from "node:stream";
import { Refusal, refusalOf } from "./refusal.ts";

/** A part of a file that is sent as it is read. */
export interface FileBody {
  readonly path: string;
  /** The first byte, from 0. */
  readonly start: number;
  /** In bytes. */
  readonly length: number;
}

/** Bytes from elsewhere that are sent as they arrive. */
export interface StreamBody {
  /** Destroyed if the client disconnects; if it fails, the connection is closed. */
  readonly stream: Readable;
  /** In bytes. */
  readonly length: number;
}

/**
 * Bytes that are generated while they are sent, so that no answer is in memory as a whole: a slow
 * reader would keep it there.
 */
export interface WrittenBody {
  /** Writes all of it. `write` resolves when the operating system has the bytes. */
  readonly writeTo: (write: (bytes: Uint8Array) => Promise<void>) => Promise<void>;
  /** In bytes. */
  readonly length: number;
}

/** How much of an answer may be in memory; larger ones are a `WrittenBody`. */
export const sliceBytes = 64 << 10;

export interface Reply {
  readonly status: number;
  /** Names in lower case. The adapter adds content-length, and drops the body for HEAD. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string | FileBody | StreamBody | WrittenBody;
  /** For the log, not for the client: what went wrong on our side. */
  readonly error?: unknown;
  /** For the log: the refusal that the client got. */
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

/** The answer to any error that a route threw: OCI distribution spec 1.1, "Error Codes". */
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

/** The spec's error body, as JSON. Input from the client is repeated only in short. */
export function errorBody({ code, message, detail }: Refusal): string {
  const short = message.length > 500 ? `${message.slice(0, 500)}…` : message;
  return JSON.stringify({
    errors: [{ code, message: short, ...(detail === undefined ? {} : { detail }) }],
  });
}
