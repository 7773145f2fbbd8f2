import { setMaxListeners } from "node:events";
import type { Repository } from "../../oci/reference.ts";
import { Addresses } from "./address.ts";
import { type Answer, isRead, mayBePlain, misled, notFound, peek, redirectOf } from "./answer.ts";
import { Authorizer, type Scope } from "../auth/auth.ts";
import type { CredentialSource } from "../auth/credentials.ts";
import { unreachable } from "./failure.ts";
import type { RequestBody } from "./connection/http.ts";
import { readBounded } from "./read-bounded.ts";
import type { Budget, Limits } from "./pace/limits.ts";
import { maxTries, retryDelay } from "./pace/retry.ts";
import { Sender, type SenderOptions } from "./sender.ts";
import { untilAnswered } from "./pace/tries.ts";

export type { Answer } from "./answer.ts";

export interface TransportOptions extends SenderOptions {
  readonly credentials: CredentialSource;
  readonly insecure: readonly string[];
  /** Hosts that hold nothing: reading there is answered with 404, without a request. */
  readonly empty: readonly string[];
  readonly userAgent: string;
  /** Aborts every request without a signal of its own, and those that requests share. */
  readonly signal?: AbortSignal | undefined;
}

export interface RegistryRequest {
  readonly method: "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly repository: Repository;
  readonly scopes: readonly Scope[];
  /** A path below `/v2/`, or the location from an answer. */
  readonly target: string | URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: RequestBody;
  /** False: sent without credentials, whatever is known. */
  readonly authorize?: boolean;
  /** Statuses that count as an answer; any other is an error. */
  readonly accept: readonly number[];
  readonly signal?: AbortSignal | undefined;
  /**
   * Its answer, or what it sends, is a blob: that may take as long as data moves. With `storeMs`,
   * how long the registry may be silent after the last byte that it received.
   */
  readonly content?: { readonly storeMs?: number };
  /** Use a connection that the answer can be taken over from: a `RingSocket`. */
  readonly ring?: boolean | undefined;
  /** The most tries; 1 if the caller knows better how to continue. */
  readonly tries?: number;
}

const maxRedirects = 5;
const maxTokenBody = 1 << 20;

/** Sends requests to registries: authorised, redirected, retried, with failures explained. */
export class Transport {
  readonly addresses: Addresses;
  readonly #options: TransportOptions;
  readonly #sender: Sender;
  readonly #authorizer: Authorizer;
  #stopped = stoppable();
  readonly #stop = (): void => this.#stopped.abort(this.#options.signal?.reason);

  constructor(options: TransportOptions) {
    this.#options = options;
    if (options.signal?.aborted === true) this.#stop();
    options.signal?.addEventListener("abort", this.#stop, { once: true });
    this.addresses = new Addresses(options.insecure);
    this.#sender = new Sender(options, (url) => this.addresses.isInsecure(url.host));
    this.#authorizer = new Authorizer(
      options.credentials,
      (request) => this.#askForToken(request),
      options.clock,
    );
  }

  /**
   * Sends a request until it is answered. Throws a registry error; the caller must read the body.
   */
  async send(given: RegistryRequest): Promise<Answer> {
    const signal = given.signal ?? this.#stopped.signal;
    const request = { ...given, signal };
    const { method, accept, target, repository } = request;
    const url = (): URL =>
      typeof target === "string" ? this.addresses.url(repository.host, target) : target;
    const registry = this.addresses.url(repository.host, "");
    if (
      target instanceof URL &&
      request.authorize !== false &&
      !this.addresses.maySendTo(target, registry)
    ) {
      throw misled(request, registry, `directs this request to ${target.protocol}//${target.host}`);
    }
    if (this.#options.empty.includes(repository.host) && isRead(method)) {
      return notFound(request, url());
    }
    const asked = { method, accept, signal, url, tries: request.tries ?? maxTries };
    return untilAnswered(asked, this.#sender, this.#options, (budget) =>
      this.#authorized(request, budget),
    );
  }

  /**
   * Throws the reason why a call, or all of them, was aborted; the answer only shows that it ended.
   */
  throwIfStopped(signal: AbortSignal | undefined): void {
    (signal ?? this.#stopped.signal).throwIfAborted();
  }

  /** A registry's token endpoint, as it named it; undefined if it required no token. */
  realmOf(host: string): URL | undefined {
    return this.#authorizer.realmOf(host);
  }

  /** The time limits for requests. */
  get limits(): Limits {
    return this.#options.limits;
  }

  /** Waits before the next try of something that the caller repeats itself. */
  async pause(nextTry: number, signal?: AbortSignal): Promise<void> {
    await this.wait(retryDelay(nextTry, undefined, this.#options.random), signal);
  }

  /** Waits for the given milliseconds. */
  async wait(milliseconds: number, signal?: AbortSignal): Promise<void> {
    await this.#options.sleep(milliseconds, signal ?? this.#stopped.signal);
  }

  close(): void {
    this.#options.signal?.removeEventListener("abort", this.#stop);
    // End what is running, but not what somebody starts later.
    const stopped = this.#stopped;
    if (!stopped.signal.aborted) this.#stopped = stoppable();
    stopped.abort(new Error("the client was closed"));
    this.#sender.close();
  }

  /** One try: with the known authorisation, and once more with what a 401 requires. */
  async #authorized(request: RegistryRequest, budget: Budget): Promise<Answer> {
    const { repository, scopes, signal } = request;
    if (request.authorize === false) return this.#routed(request, undefined, budget);
    const sent = await this.#authorizer.header(repository, scopes, signal);
    const answer = await this.#routed(request, sent, budget);
    if (answer.status !== 401) return answer;
    // A redirect's target must not decide where this registry's credentials are sent.
    if (answer.url.host !== this.addresses.home(repository.host)) return answer;
    const asked = answer.header("www-authenticate");
    const again = await this.#authorizer.challenged(repository, scopes, asked, sent, signal);
    if (!again) return answer;
    const header = this.#authorizer.header(repository, scopes, signal);
    const next = await header.catch((error: unknown) => {
      answer.message.destroy();
      throw error;
    });
    if (next === undefined) return answer;
    answer.message.resume();
    return this.#routed(request, next, budget);
  }

  /**
   * Follows redirects, and finds out once whether a host speaks TLS if both schemes are allowed.
   */
  async #routed(
    request: RegistryRequest,
    authorization: string | undefined,
    budget: Budget,
  ): Promise<Answer> {
    const { method, repository, target } = request;
    const start = typeof target === "string" ? this.addresses.url(repository.host, target) : target;
    const home = this.addresses.home(repository.host);
    const other = (): Promise<Answer> | undefined =>
      typeof target === "string" && this.addresses.switchScheme(repository.host, start)
        ? this.#routed(request, authorization, budget)
        : undefined;
    let url = start;
    for (let hops = 0; ; hops++) {
      const headers = {
        "user-agent": this.#options.userAgent,
        ...request.headers,
        // Credentials are only sent to the host that they belong to, never along a redirect.
        ...(authorization !== undefined && url.host === home ? { authorization } : {}),
      };
      const answer = await this.#sender
        .send(request, url, headers, budget)
        .catch(async (error: unknown) => {
          const otherAnswer = hops === 0 && mayBePlain(start, error) ? other() : undefined;
          if (otherAnswer === undefined) throw error;
          return otherAnswer;
        });
      if (hops === 0 && answer.status === 400 && start.protocol === "http:") {
        const text = await peek(answer);
        const otherAnswer = /HTTPS (?:server|port)/.test(text) ? other() : undefined;
        if (otherAnswer !== undefined) return otherAnswer;
      }
      const location = redirectOf(request, answer);
      if (location === undefined) return answer;
      answer.message.resume();
      if (!URL.canParse(location, url.href))
        throw misled(request, url, "redirects to an invalid URL");
      const next = new URL(location, url);
      if (!this.addresses.mayFollow(next, url)) {
        throw misled(
          request,
          url,
          `redirects to ${next.protocol}//${next.host}, which is unencrypted`,
        );
      }
      if (!isRead(method) && !this.addresses.maySendTo(next, url)) {
        throw misled(request, url, `redirects to ${next.protocol}//${next.host}`);
      }
      if (hops >= maxRedirects) throw misled({ method }, url, "redirects too often");
      url = next;
    }
  }

  async #askForToken(
    request: Parameters<ConstructorParameters<typeof Authorizer>[1]>[0],
  ): Promise<string> {
    const { method, url, headers, body, host } = request;
    const registry = this.addresses.url(host, "");
    if (!this.addresses.mayFollow(url, registry)) {
      throw misled(
        { method: "GET" },
        registry,
        `uses an unencrypted token endpoint, ${url.protocol}//${url.host}`,
      );
    }
    // Many requests wait for one token: it ends with the client, not with one of them.
    const { signal } = this.#stopped;
    const asked = { method, url: () => url, accept: [200], signal, tries: maxTries };
    const answer = await untilAnswered(asked, this.#sender, this.#options, async (budget) => {
      const bytes = body === undefined ? {} : { body: { bytes: Buffer.from(body) } };
      const sent = {
        "user-agent": this.#options.userAgent,
        accept: "application/json",
        ...headers,
      };
      return this.#sender.send({ method, signal, ...bytes }, url, sent, budget);
    });
    const text = await readBounded(answer.message, maxTokenBody).catch((cause: unknown) => {
      signal.throwIfAborted();
      throw unreachable({ method, url }, cause);
    });
    return text.toString("utf8");
  }
}

/** Every running request adds a listener. */
function stoppable(): AbortController {
  const controller = new AbortController();
  setMaxListeners(0, controller.signal);
  return controller;
}
