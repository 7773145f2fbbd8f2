import type { IncomingMessage } from "node:http";
import { messageOf, RegistryError, type RegistryErrorEntry, systemCodeOf } from "../../errors.ts";
import { ProxyError } from "./connection/http.ts";
import { TooSlowError } from "./pace/limits.ts";
import { readBounded } from "./read-bounded.ts";
import { redactUrl } from "./address.ts";
import { isRetryableStatus } from "./pace/retry.ts";
import { ProtocolError } from "./pace/watch.ts";

/** An error answer longer than this is not worth reading. */
const maxErrorBody = 64 << 10;
const maxEntries = 5;
const maxMessage = 300;

interface Asked {
  readonly method: string;
  readonly url: URL;
}

/** The body of an answer that is an error, as far as it can be read and is not too long. */
export async function readError(answer: IncomingMessage): Promise<Buffer> {
  return readBounded(answer, maxErrorBody).catch(() => Buffer.alloc(0));
}

/** The error for an answer that is none of those expected. */
export function refusal(
  asked: Asked,
  status: number,
  body: Buffer,
  retryAfterMs?: number,
): RegistryError {
  return new RegistryError({
    method: asked.method,
    url: redactUrl(asked.url),
    status,
    errors: parseErrors(body.toString("utf8")),
    retryable: isRetryableStatus(status),
    hint: hintFor(status, asked.url, retryAfterMs),
  });
}

/** The error for a request that got no answer. */
export function unreachable(asked: Asked, cause: unknown): RegistryError {
  const [reason, hint] = explain(cause, asked.url);
  const options = { method: asked.method, url: redactUrl(asked.url), reason, hint, cause };
  return new RegistryError({ ...options, retryable: isBroken(cause) });
}

/** The list of errors that the OCI distribution spec 1.1 has registries answer ("Error codes"). */
function parseErrors(text: string): RegistryErrorEntry[] {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return [];
  }
  if (typeof body !== "object" || body === null) return [];
  if (!("errors" in body) || !Array.isArray(body.errors)) return [];
  return body.errors.slice(0, maxEntries).flatMap((entry: unknown) => {
    if (typeof entry !== "object" || entry === null) return [];
    const code = "code" in entry && typeof entry.code === "string" ? entry.code : "UNKNOWN";
    const message = "message" in entry && typeof entry.message === "string" ? entry.message : "";
    return [{ code, message: message.slice(0, maxMessage) }];
  });
}

function hintFor(status: number, url: URL, retryAfterMs: number | undefined): string | undefined {
  if (retryAfterMs !== undefined && isRetryableStatus(status)) {
    return `the registry asks to be left alone for ${Math.ceil(retryAfterMs / 1000)} seconds: try again after that`;
  }
  switch (status) {
    case 401:
      return `log in with "docker login ${url.host}", or check the credentials that are given`;
    case 403:
      return `the credentials for ${url.host} may not do this: check the token's scopes and who may write to the repository`;
    case 404:
      return "check the name; some registries also say so where the credentials may not read";
    case 405:
      return "the registry does not allow this (deletion is often switched off)";
    case 407:
      return "the proxy asks for credentials: write http://USER:PASSWORD@HOST:PORT into HTTP_PROXY";
    case 413:
      return "the registry, or a proxy before it, refuses content of that size";
    case 429:
      return "the registry limits how often it may be asked: log in, or try again later";
    default:
      return status >= 500
        ? "the registry has a fault: look at its log, or try again later"
        : undefined;
  }
}

function explain(cause: unknown, url: URL): [reason: string, hint: string] {
  if (cause instanceof ProxyError) return explainProxy(cause);
  const code = codeOf(cause);
  const later = "see whether the registry runs and can be reached from here, and try again";
  if (cause instanceof ProtocolError) {
    return [
      `no registry answers there: ${cause.message}`,
      `check the address, and the proxy before ${url.host}`,
    ];
  }
  if (cause instanceof TooSlowError) {
    return [
      `timed out: ${cause.message}`,
      `see whether the registry at ${url.host} runs; if it or the line is that slow, raise LAYERKEEP_REQUEST_TIMEOUT (seconds)`,
    ];
  }
  if (code === "ECONNREFUSED") {
    return [
      `connection refused: nothing listens there`,
      `start the registry at ${url.host}, or check the address`,
    ];
  }
  if (code === "ENOTFOUND") return [`no such host: ${url.hostname}`, "check the name, and DNS"];
  if (code === "EAI_AGAIN")
    return [`${url.hostname} could not be looked up`, "check DNS and the network"];
  if (code === "ETIMEDOUT") return [`timed out: ${messageOf(cause)}`, later];
  if (code === "EPROTO" || code === "ERR_SSL_WRONG_VERSION_NUMBER") {
    return [
      `TLS failed: ${messageOf(cause)}`,
      `if ${url.host} speaks plain HTTP, name it under "insecure"`,
    ];
  }
  if (code !== undefined && /CERT|SIGNATURE|ALTNAME/.test(code)) {
    return [
      `its certificate is not trusted: ${messageOf(cause)}`,
      `give its authority in NODE_EXTRA_CA_CERTS, or name ${url.host} under "insecure"`,
    ];
  }
  return [`the connection broke: ${messageOf(cause)}`, later];
}

function explainProxy({ host, message }: ProxyError): [reason: string, hint: string] {
  const hint = / 407$/.test(message)
    ? "it asks for credentials: write http://USER:PASSWORD@HOST:PORT into HTTPS_PROXY"
    : "check HTTP_PROXY and HTTPS_PROXY, and name in NO_PROXY what is reached without";
  return [`the proxy at ${host} does not lead there: ${message}`, hint];
}

const broken = new Set([
  "ECONNRESET",
  "ECONNREFUSED",
  "ECONNABORTED",
  "EPIPE",
  "ETIMEDOUT",
  "EAI_AGAIN",
  "ENETUNREACH",
  "EHOSTUNREACH",
  "HPE_INVALID_EOF_STATE",
  "ERR_STREAM_PREMATURE_CLOSE",
]);

/** Whether the connection broke, so that the same request may succeed on another. */
export function isBroken(error: unknown): boolean {
  const code = codeOf(error);
  return code !== undefined && broken.has(code);
}

export function codeOf(error: unknown): string | undefined {
  // Several addresses were tried at once: what one of them said.
  return error instanceof AggregateError ? codeOf(error.errors[0]) : systemCodeOf(error);
}
