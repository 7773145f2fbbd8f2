import { setMaxListeners } from "node:events";
import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import { type Proxy, proxyFor, type ProxySettings } from "./proxy.ts";
import type { Traffic } from "../traffic.ts";
import { RingHttpAgent, RingHttpsAgent } from "./ring-socket.ts";

export interface AgentOptions {
  readonly maxPerHost: number;
  /** Whether a host's TLS certificate is not checked. */
  readonly unchecked: (url: URL) => boolean;
  readonly proxy: ProxySettings;
  /** Whether there are ring sockets at all. */
  readonly ringSockets: boolean;
  /** Follows the requests, for a display. */
  readonly traffic?: Traffic | undefined;
}

/** The agent for a request. */
export interface Route {
  readonly agent: HttpAgent;
  readonly proxy: Proxy | undefined;
  readonly rejectUnauthorized: boolean;
}

/** Node closes an idle connection after this; most servers do so later. Milliseconds. */
const keepAliveMs = 4_000;

/** Keeps connections alive between requests, to hosts and through proxies. */
export class Agents {
  readonly #options: AgentOptions;
  readonly #closed = new AbortController();
  readonly #agents = new Map<string, Promise<HttpAgent>>();

  constructor(options: AgentOptions) {
    this.#options = options;
    // Each open connection to a proxy adds a listener until it closes: there may be many.
    setMaxListeners(0, this.#closed.signal);
  }

  /** With `asked`, an agent whose connections can be taken over; not through a proxy. */
  async route(url: URL, asked: boolean): Promise<Route> {
    const proxy = proxyFor(url, this.#options.proxy);
    const ring = asked && this.#options.ringSockets;
    const rejectUnauthorized = !(url.protocol === "https:" && this.#options.unchecked(url));
    const way =
      proxy === undefined ? (ring ? "ring" : "") : `${proxy.url.href} ${proxy.authorization ?? ""}`;
    const key = `${url.protocol} ${String(rejectUnauthorized)} ${way}`;
    const known =
      this.#agents.get(key) ??
      (proxy === undefined
        ? Promise.resolve(this.#direct(url, ring, rejectUnauthorized))
        : this.#through(url, proxy));
    this.#agents.set(key, known);
    return { agent: await known, proxy, rejectUnauthorized };
  }

  /**
   * Destroys open connections first: Node 26 would report the abort of each as an error without a
   * listener. The abort then only ends connections that are being made.
   */
  close(): void {
    const destroyed = [...this.#agents.values()].map((agent) => agent.then((a) => a.destroy()));
    void Promise.allSettled(destroyed).then(() => setImmediate(() => this.#closed.abort()));
  }

  #direct(url: URL, ring: boolean, rejectUnauthorized: boolean): HttpAgent {
    const options = this.#shared();
    if (url.protocol === "http:") return ring ? new RingHttpAgent(options) : new HttpAgent(options);
    const secure = { ...options, rejectUnauthorized };
    return ring ? new RingHttpsAgent(secure) : new HttpsAgent(secure);
  }

  /** Loaded only if there is a proxy. */
  async #through(url: URL, { url: proxy, authorization }: Proxy): Promise<HttpAgent> {
    const headers = authorization === undefined ? {} : { "Proxy-Authorization": authorization };
    const options = { ...this.#shared(), headers, signal: this.#closed.signal };
    if (url.protocol === "http:") {
      const { HttpProxyAgent } = await import("http-proxy-agent");
      return new HttpProxyAgent(proxy, options);
    }
    const { HttpsProxyAgent } = await import("https-proxy-agent");
    return new HttpsProxyAgent(proxy, options);
  }

  #shared() {
    const { maxPerHost } = this.#options;
    return {
      keepAlive: true,
      maxSockets: maxPerHost,
      maxFreeSockets: maxPerHost,
      keepAliveMsecs: keepAliveMs,
      timeout: 0,
    };
  }
}
