import type { IncomingMessage } from "node:http";
import { RegistryError } from "../../errors.ts";
import { codeOf, readError } from "./failure.ts";
import { ProxyError } from "./connection/http.ts";
import { redactUrl } from "./address.ts";

export interface Answer {
  readonly status: number;
  /** Where it came from, after redirects. */
  readonly url: URL;
  readonly message: IncomingMessage;
  /** The start of a body that was read already, to see what it says. */
  peeked?: Buffer;
  header(name: string): string | undefined;
}

/** An answer whose head came from a URL. */
export function answerOf(message: IncomingMessage, url: URL): Answer {
  return {
    status: message.statusCode ?? 0,
    url,
    message,
    header: (name) => {
      const value = message.headers[name];
      return Array.isArray(value) ? value.join(", ") : value;
    },
  };
}

interface Asked {
  readonly method: string;
  readonly accept: readonly number[];
}

/** Where an answer sends a request on. A streamed body is sent on only by those who can open it again, which all of ours can. */
export function redirectOf(request: Asked, answer: Answer): string | undefined {
  if (request.accept.includes(answer.status)) return undefined;
  const reading = request.method === "GET" || request.method === "HEAD";
  const followed = reading ? [301, 302, 303, 307, 308] : [307, 308];
  return followed.includes(answer.status) ? answer.header("location") : undefined;
}

/** The error for a registry that sends us where we do not go. */
export function misled(
  request: { readonly method: string },
  url: URL,
  reason: string,
): RegistryError {
  return new RegistryError({
    method: request.method,
    url: redactUrl(url),
    reason: `the registry ${reason}`,
    hint: 'a registry behind a TLS proxy must be told so (X-Forwarded-Proto); plain HTTP, and a private address that another host names, are used only if the host is under "insecure"',
  });
}

/** Whether a host that was asked over TLS may speak plain HTTP. */
export function mayBePlain(url: URL, error: unknown): boolean {
  if (url.protocol !== "https:" || error instanceof ProxyError) return false;
  const code = codeOf(error);
  // Nobody at the port of TLS: there may be somebody at that of plain HTTP.
  if (code === "ECONNREFUSED") return url.port === "";
  return code === "EPROTO" || code === "ERR_SSL_WRONG_VERSION_NUMBER";
}

/** The start of an answer: Go and nginx answer plain HTTP at a TLS port with a 400 that says so. */
export async function peek(answer: Answer): Promise<string> {
  answer.peeked = await readError(answer.message);
  return answer.peeked.toString("latin1");
}
