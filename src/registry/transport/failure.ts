import type { IncomingMessage } from "node:http";
import { messageOf, RegistryError, type RegistryErrorEntry, systemCodeOf } from "../../errors.ts";
import { ProxyError } from "./connection/http.ts";
import { TooSlowError } from "./pace/limits.ts";
import { readBounded } from "./read-bounded.ts";
import { redactUrl } from "./address.ts";
import { isRetryableStatus } from "./pace/retry.ts";
import { ProtocolError } from "./pace/watch.ts";

/** A longer error answer is not read. */
const maxErrorBody = 64 << 10;
const maxEntries = 5;
const maxMessage = 300;

interface Asked {
  readonly method: string;
  readonly url: URL;
}

/** The body of an error answer, if it can be read and is not too long. */
export async function readError(answer: IncomingMessage): Promise<Buffer> {
  return readBounded(answer, maxErrorBody).catch(() => Buffer.alloc(0));
}

/** The error for an unexpected answer. */
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

/** The error for a request without an answer. */
export function unreachable(asked: Asked, cause: unknown): RegistryError {
  const [reason, hint] = explain(cause, asked.url);
  const options = { method: asked.method, url: redactUrl(asked.url), reason, hint, cause };
  return new RegistryError({ ...options, retryable: isBroken(cause) });
}

/** The list of errors in an answer by the OCI distribution spec 1.1 ("Error codes"). */
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
    return `try again in ${Math.ceil(retryAfterMs / 1000)} seconds, as the registry requested`;
  }
  switch (status) {
    case 401:
      return `run \`docker login ${url.host}\`, or check the configured credentials`;
    case 403:
      return `the credentials for ${url.host} lack permission for this: check the token's scopes and the repository's permissions`;
    case 404:
      return "check the name and the credentials: some registries also return 404 without read permission";
    case 405:
      return "the registry does not allow this (deletion is often disabled): check its settings";
    case 407:
      return "the proxy requires credentials: set HTTP_PROXY to http://USER:PASSWORD@HOST:PORT";
    case 413:
      return "check the size limits of the registry and any proxy in front of it";
    case 429:
      return "the registry's rate limit was reached: log in, or try again later";
    default:
      return status >= 500 ? "the registry failed: check its log, or try again later" : undefined;
  }
}

function explain(cause: unknown, url: URL): [reason: string, hint: string] {
  if (cause instanceof ProxyError) return explainProxy(cause);
  const code = codeOf(cause);
  const later = "check that the registry is running and reachable from here, then try again";
  if (cause instanceof ProtocolError) {
    return [
      `not a registry: ${cause.message}`,
      `check the address, and any proxy in front of ${url.host}`,
    ];
  }
  if (cause instanceof TooSlowError) {
    return [
      `timed out: ${cause.message}`,
      `check that the registry at ${url.host} is running; if the registry or the network is slow, increase LAYERKEEP_REQUEST_TIMEOUT (seconds)`,
    ];
  }
  if (code === "ECONNREFUSED") {
    return [`connection refused`, `start the registry at ${url.host}, or check the address`];
  }
  if (code === "ENOTFOUND") return [`host not found: ${url.hostname}`, "check the name and DNS"];
  if (code === "EAI_AGAIN")
    return [`could not resolve ${url.hostname}`, "check DNS and the network"];
  if (code === "ETIMEDOUT") return [`timed out: ${messageOf(cause)}`, later];
  if (code === "EPROTO" || code === "ERR_SSL_WRONG_VERSION_NUMBER") {
    return [
      `TLS failed: ${messageOf(cause)}`,
      `list ${url.host} under "insecure" if it uses plain HTTP`,
    ];
  }
  if (code !== undefined && /CERT|SIGNATURE|ALTNAME/.test(code)) {
    return [
      `the certificate is not trusted: ${messageOf(cause)}`,
      `add its CA certificate with NODE_EXTRA_CA_CERTS, or list ${url.host} under "insecure"`,
    ];
  }
  return [`the connection was lost: ${messageOf(cause)}`, later];
}

function explainProxy({ host, message }: ProxyError): [reason: string, hint: string] {
  const hint = / 407$/.test(message)
    ? "the proxy requires credentials: set HTTPS_PROXY to http://USER:PASSWORD@HOST:PORT"
    : "check HTTP_PROXY and HTTPS_PROXY, and list hosts that need no proxy in NO_PROXY";
  return [`could not connect through the proxy at ${host}: ${message}`, hint];
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
  // Several addresses were tried: use the error of one of them.
  return error instanceof AggregateError ? codeOf(error.errors[0]) : systemCodeOf(error);
}
