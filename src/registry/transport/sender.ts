import { type Answer, answerOf } from "./answer.ts";
import { Connections, type RequestBody, StaleConnectionError } from "./connection/http.ts";
import { type Budget, type Limits, TooSlowError } from "./pace/limits.ts";
import type { ProxySettings } from "./connection/proxy.ts";
import { maxRetryAfterMs, maxTries, parseRetryAfter, retryDelay } from "./pace/retry.ts";
import type { Traffic } from "./traffic.ts";
import { Throttle, type Turn } from "./pace/throttle.ts";
import type { Watched } from "./pace/watch.ts";

export interface SenderOptions {
  readonly maxConnectionsPerHost: number;
  readonly proxy: ProxySettings;
  readonly ringSockets: boolean;
  readonly sleep: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
  readonly random: () => number;
  readonly clock: () => number;
  readonly limits: Limits;
  readonly traffic?: Traffic | undefined;
}

/** What is sent to a URL; see `RegistryRequest`. */
export interface SentRequest {
  readonly method: string;
  readonly body?: RequestBody | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly ring?: boolean | undefined;
  readonly content?: { readonly storeMs?: number } | undefined;
  readonly tries?: number | undefined;
}

/** Sends single requests, to each host no more than it can handle, and remembers silent hosts. */
export class Sender {
  readonly #options: SenderOptions;
  readonly #connections: Connections;
  readonly #throttles = new Map<string, Throttle>();
  /** Hosts that kept a request waiting for its whole time limit: the next one waits less. */
  readonly #silent = new Set<string>();

  /** `unchecked` returns whether a host's certificate is not checked. */
  constructor(options: SenderOptions, unchecked: (url: URL) => boolean) {
    this.#options = options;
    this.#connections = new Connections({
      maxPerHost: options.maxConnectionsPerHost,
      unchecked,
      proxy: options.proxy,
      ringSockets: options.ringSockets,
      traffic: options.traffic,
    });
  }

  /**
   * Sends a request once, as soon as its host can handle another one; again only if the connection
   * was closed before anything was sent. Throws the connection's error.
   */
  async send(
    request: SentRequest,
    url: URL,
    headers: Readonly<Record<string, string>>,
    budget: Budget,
  ): Promise<Answer> {
    const { method, body, signal, ring } = request;
    const options = { method, url, headers, body, signal, ring };
    for (let stale = 1; ; stale++) {
      const turn = await this.#throttle(url.host).enter(signal);
      // Reading the content may need a request to the same host, so this one gives up its place.
      if (body !== undefined && "open" in body) turn.end();
      try {
        const message = await budget.spend((limitMs) => {
          const watched = this.#watched(request, limitMs, budget.leftMs);
          return this.#connections.send({ ...options, watched });
        });
        message.once("end", () => this.#silent.delete(url.host));
        message.once("error", (error: unknown) => {
          if (error instanceof TooSlowError) this.#silent.add(url.host);
        });
        const answer = answerOf(message, url);
        this.#heed(answer, turn);
        return answer;
      } catch (error) {
        turn.end();
        if (error instanceof TooSlowError && budget.isSpent) this.#silent.add(url.host);
        // A caller with one try must find out itself how much content arrived.
        const again = error instanceof StaleConnectionError && request.tries !== 1;
        if (!again || stale >= maxTries) throw error;
      }
    }
  }

  /** Whether the last request to a host waited for its whole time limit. */
  isSilent(host: string): boolean {
    return this.#silent.has(host);
  }

  /** How long an overloaded host wants us to pause, if that is not too long. */
  pauseFor(answer: Answer): number | undefined {
    if (answer.status !== 429 && answer.status !== 503) return undefined;
    const pauseMs = parseRetryAfter(answer.header("retry-after"), this.#options.clock());
    return pauseMs !== undefined && pauseMs <= maxRetryAfterMs ? pauseMs : undefined;
  }

  /** Closes all connections; waiting requests fail. */
  close(): void {
    for (const throttle of this.#throttles.values()) throttle.close();
    this.#connections.close();
  }

  #watched({ content }: SentRequest, limitMs: number, leftMs: number): Watched {
    const slow = this.#options.limits;
    if (content === undefined) return { headMs: limitMs, bodyMs: leftMs, slow };
    return { headMs: content.storeMs ?? limitMs, slow };
  }

  #throttle(host: string): Throttle {
    const { maxConnectionsPerHost, sleep } = this.#options;
    const known = this.#throttles.get(host) ?? new Throttle(maxConnectionsPerHost, sleep);
    this.#throttles.set(host, known);
    return known;
  }

  /** Reports to the throttle what an answer shows about the host's load. */
  #heed(answer: Answer, turn: Turn): void {
    const pauseMs = this.pauseFor(answer);
    if (pauseMs !== undefined) turn.refused(retryDelay(2, pauseMs, this.#options.random));
    else if (answer.status === 429) turn.refused();
    else if (answer.status < 500) turn.served();
    else turn.end();
  }
}
