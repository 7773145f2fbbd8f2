import { FormatError, RegistryError, UsageError } from "../../errors.ts";
import { harmlessLine } from "../../harmless.ts";
import { isLoopback, type Repository } from "../../oci/reference.ts";
import { unreachable } from "../transport/failure.ts";
import { readBounded, TooLargeError } from "../transport/read-bounded.ts";
import { redactUrl } from "../transport/address.ts";
import { maxRetryAfterMs, maxTries, parseRetryAfter } from "../transport/pace/retry.ts";
import type { Transport } from "../transport/transport.ts";
import { type Sleep, sleepFor } from "./pace.ts";

/** What is needed to call a provider's API. */
export interface ApiContext {
  readonly transport: Transport;
  readonly sleep?: Sleep | undefined;
  /** Milliseconds since 1970. */
  readonly clock?: (() => number) | undefined;
}

export interface ApiRequest {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface ApiAnswer {
  readonly method: string;
  readonly url: URL;
  readonly status: number;
  header(name: string): string | undefined;
  /** Undefined if the answer is not JSON. */
  readonly json: unknown;
}

/** A page of a listing has a few hundred KB. */
const maxBody = 16 << 20;
const maxMessage = 300;
/** The pause if a limit is reached and the answer names none: GitHub's own advice. */
const unsaidPauseMs = 60_000;
/** The transport retries 408, 425 and 5xx; a 429 may state its pause in a provider's own way. */
const answers = [
  200, 201, 202, 204, 301, 302, 303, 307, 308, 400, 401, 403, 404, 405, 406, 409, 410, 411, 412,
  413, 415, 422, 423, 429, 451,
];

/** A provider's HTTP API: JSON, credentials in our own headers, and its rate limits respected. */
export class ProviderApi {
  readonly #transport: Transport;
  readonly #sleep: Sleep;
  readonly #clock: () => number;
  readonly #name: string;

  /** `name` is the API's name in messages. */
  constructor(name: string, { transport, sleep, clock }: ApiContext) {
    this.#name = name;
    this.#transport = transport;
    this.#sleep = sleep ?? sleepFor;
    this.#clock = clock ?? Date.now;
  }

  /** Sends a request until it is answered; a refusal is an answer too. Throws a registry error. */
  async ask(repository: Repository, request: ApiRequest): Promise<ApiAnswer> {
    for (let number = 1; ; number++) {
      const answer = await this.#once(repository, request);
      const limit = limitOf(answer, this.#clock());
      if (limit === undefined) return answer;
      const { pauseMs, queued } = limit;
      if (number >= maxTries || pauseMs > maxRetryAfterMs) throw this.#limited(answer, pauseMs);
      if (!queued) await this.#sleep(pauseMs, request.signal);
    }
  }

  /** The error for an unusable answer. Quotes the API's own message. */
  error(answer: ApiAnswer, hint: string, reason?: string): RegistryError {
    const said = saidBy(answer);
    return new RegistryError({
      method: answer.method,
      url: redactUrl(answer.url),
      status: answer.status,
      reason: [reason, said === undefined ? undefined : `${this.#name} answered: ${said}`]
        .filter((part) => part !== undefined)
        .join("; "),
      hint,
    });
  }

  /** The error for an answer that contradicts the API's documentation. */
  malformed(answer: ApiAnswer, what: string): FormatError {
    return new FormatError(
      `expected ${what} from ${this.#name} in response to ${answer.method} ${redactUrl(answer.url)}`,
      { hint: "check the API address and any proxy in front of it" },
    );
  }

  async #once(repository: Repository, request: ApiRequest): Promise<ApiAnswer> {
    const { method, url, headers, body, signal } = request;
    const answer = await this.#transport.send({
      method,
      repository,
      scopes: [],
      target: url,
      // The API's credentials are separate from the registry's, and never follow a redirect.
      authorize: false,
      headers: { accept: "application/json", ...headers },
      ...(body === undefined ? {} : { body: { bytes: Buffer.from(body, "utf8") } }),
      accept: answers,
      signal,
    });
    const read = answer.peeked ?? readBounded(answer.message, maxBody);
    const bytes = await Promise.resolve(read).catch((cause: unknown) => {
      this.#transport.throwIfStopped(signal);
      if (!(cause instanceof TooLargeError)) throw unreachable({ method, url }, cause);
      throw new FormatError(
        `${this.#name} sent a response larger than the limit of 16 MiB for ${redactUrl(url)}`,
        {
          hint: "check the API address",
          cause,
        },
      );
    });
    const { status } = answer;
    const header = (name: string): string | undefined => answer.header(name);
    const got = { method, url, status, header, json: parseJson(bytes) };
    if (status >= 300 && status < 400) {
      throw this.error(
        got,
        "use the address that the API redirected to",
        "the API sent a redirect",
      );
    }
    return got;
  }

  #limited(answer: ApiAnswer, pauseMs: number): RegistryError {
    const seconds = Math.ceil(pauseMs / 1000);
    return this.error(
      answer,
      `wait ${seconds} seconds, then run the command again to delete the rest`,
      "rate limit reached",
    );
  }
}

/** A member of a JSON object; undefined for anything else. */
export function field(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined;
  return Object.entries(value).find(([key]) => key === name)?.[1];
}

export function textField(value: unknown, name: string): string | undefined {
  const found = field(value, name);
  return typeof found === "string" ? found : undefined;
}

/** The answer's message: each API has its own member for that. At most 300 characters. */
export function saidBy({ json }: ApiAnswer): string | undefined {
  const names = ["message", "Message", "error_message", "detail", "error"];
  const said = names.map((name) => textField(json, name)).find((text) => (text ?? "") !== "");
  return said === undefined ? undefined : quoted(said);
}

/** An API's message as safe text: one line of at most 300 characters. */
export function quoted(text: string): string {
  return harmlessLine(text.replace(/\s+/g, " ")).slice(0, maxMessage);
}

/**
 * Parses an API's address; its path ends with a slash. Throws a usage error if secrets may not be
 * sent there.
 */
export function parseBase(text: string, transport: Transport): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const open =
    url?.protocol === "http:" && (isLoopback(url.host) || transport.addresses.isInsecure(url.host));
  if (url === undefined || (url.protocol !== "https:" && !open)) {
    const shown = url === undefined ? "the API's address" : redactUrl(url);
    throw new UsageError(`${shown} is not an API address`, {
      hint: 'use https://host; plain HTTP is allowed only for loopback and for hosts under "insecure"',
    });
  }
  return new URL(url.pathname.endsWith("/") ? url.pathname : `${url.pathname}/`, url);
}

interface Limit {
  readonly pauseMs: number;
  /** Whether the transport itself delays all requests to the host for this long. */
  readonly queued: boolean;
}

/** How long to wait, if an answer reports a limit. */
function limitOf(answer: ApiAnswer, now: number): Limit | undefined {
  const { status } = answer;
  if (status !== 429 && status !== 403) return undefined;
  const asked = parseRetryAfter(answer.header("retry-after"), now);
  if (asked !== undefined) return { pauseMs: asked, queued: status === 429 };
  // Docker Hub: the time to retry, in seconds since 1970.
  const until = answer.header("x-retry-after");
  if (until !== undefined && /^\d{1,12}$/.test(until)) return pause(untilSecond(until, now));
  // GitHub: the same, if no requests remain.
  const reset = answer.header("x-ratelimit-reset") ?? "";
  if (answer.header("x-ratelimit-remaining") === "0" && /^\d{1,12}$/.test(reset)) {
    return pause(untilSecond(reset, now));
  }
  const secondary = /secondary rate limit/i.test(saidBy(answer) ?? "");
  return status === 429 || secondary ? pause(unsaidPauseMs) : undefined;
}

function pause(pauseMs: number): Limit {
  return { pauseMs, queued: false };
}

function untilSecond(second: string, now: number): number {
  return Math.max(1000, Number(second) * 1000 - now);
}

function parseJson(bytes: Buffer): unknown {
  if (bytes.length === 0) return undefined;
  try {
    const value: unknown = JSON.parse(bytes.toString("utf8"));
    return value;
  } catch {
    return undefined;
  }
}
