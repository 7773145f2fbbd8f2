import { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import { RegistryError } from "../../errors.ts";
import { codeOf, readError, refusal } from "./failure.ts";
import { ProxyError } from "./connection/http.ts";
import { redactUrl } from "./address.ts";

export interface Answer {
  readonly status: number;
  /** The URL that answered, after redirects. */
  readonly url: URL;
  readonly message: IncomingMessage;
  /** The start of a body that was already read to inspect it. */
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

/** The answer of a registry that holds nothing. Throws a registry error if 404 is not accepted. */
export function notFound({ method, accept }: Asked, url: URL): Answer {
  if (!accept.includes(404)) throw refusal({ method, url }, 404, Buffer.alloc(0));
  const message = new IncomingMessage(new Socket());
  message.statusCode = 404;
  message.push(null);
  return answerOf(message, url);
}

/** Whether a request only reads. */
export function isRead(method: string): boolean {
  return method === "GET" || method === "HEAD";
}

interface Asked {
  readonly method: string;
  readonly accept: readonly number[];
}

/**
 * The target of a redirect. A streamed body is sent again only if it can be opened again, which is
 * true of all of ours.
 */
export function redirectOf(request: Asked, answer: Answer): string | undefined {
  if (request.accept.includes(answer.status)) return undefined;
  const followed = isRead(request.method) ? [301, 302, 303, 307, 308] : [307, 308];
  return followed.includes(answer.status) ? answer.header("location") : undefined;
}

/** The error for a registry that sends us to an address that we do not accept. */
export function misled(
  request: { readonly method: string },
  url: URL,
  reason: string,
): RegistryError {
  return new RegistryError({
    method: request.method,
    url: redactUrl(url),
    reason: `the registry ${reason}`,
    hint: 'configure the TLS proxy in front of the registry to send X-Forwarded-Proto, or list the host under "insecure" to allow plain HTTP and private addresses',
  });
}

/** Whether a host that was tried over TLS may speak plain HTTP. */
export function mayBePlain(url: URL, error: unknown): boolean {
  if (url.protocol !== "https:" || error instanceof ProxyError) return false;
  const code = codeOf(error);
  // Nothing listens on the TLS port: perhaps something does on the port for plain HTTP.
  if (code === "ECONNREFUSED") return url.port === "";
  return code === "EPROTO" || code === "ERR_SSL_WRONG_VERSION_NUMBER";
}

/**
 * The start of an answer: Go and nginx answer plain HTTP on a TLS port with a 400 that explains
 * this.
 */
export async function peek(answer: Answer): Promise<string> {
  answer.peeked = await readError(answer.message);
  return answer.peeked.toString("latin1");
}
