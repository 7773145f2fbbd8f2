import { setTimeout as wait } from "node:timers/promises";
import type { CredentialSource } from "../auth/credentials.ts";
import { limitsFor } from "./pace/limits.ts";
import type { ProxySettings } from "./connection/proxy.ts";
import type { Traffic } from "./traffic.ts";
import { Transport } from "./transport.ts";

export interface RegistryClientOptions {
  readonly credentials: CredentialSource;
  /**
   * Hosts that may use plain HTTP, or TLS with any certificate. Loopback may always use plain HTTP.
   */
  readonly insecure?: readonly string[];
  /**
   * Hosts of registries that are not running because they hold nothing yet: reading there finds
   * nothing, without a request.
   */
  readonly empty?: readonly string[];
  readonly userAgent?: string;
  /** 48 by default: with network latency, the number of connections limits throughput. */
  readonly maxConnectionsPerHost?: number;
  /** None by default. `proxySettings` reads them from the environment. */
  readonly proxy?: ProxySettings;
  /** False reads blobs through Node, without `RingSocket`. Default: true. */
  readonly ringSockets?: boolean;
  /** Whether a host counts each GET of a manifest, but no HEAD; by default only Docker Hub. */
  readonly countsPulls?: (host: string) => boolean;
  readonly sleep?: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
  readonly random?: () => number;
  /** Milliseconds since 1970. */
  readonly clock?: () => number;
  /** The time limit for one request, all tries together, in milliseconds: 55,000 by default. */
  readonly requestMs?: number | undefined;
  /** Follows the client's requests, for a display. */
  readonly traffic?: Traffic | undefined;
  /** Aborts every call without a signal of its own, and the token requests that calls share. */
  readonly signal?: AbortSignal | undefined;
}

/** Creates the transport of a client, for code that needs the raw answers. */
export function createTransport(options: RegistryClientOptions): Transport {
  return new Transport({
    credentials: options.credentials,
    insecure: options.insecure ?? [],
    empty: options.empty ?? [],
    userAgent: options.userAgent ?? "layerkeep",
    maxConnectionsPerHost: options.maxConnectionsPerHost ?? 48,
    proxy: options.proxy ?? {},
    ringSockets: options.ringSockets ?? true,
    sleep: options.sleep ?? sleepFor,
    random: options.random ?? Math.random,
    clock: options.clock ?? Date.now,
    limits: limitsFor(options.requestMs),
    traffic: options.traffic,
    signal: options.signal,
  });
}

async function sleepFor(milliseconds: number, signal?: AbortSignal): Promise<void> {
  try {
    await wait(milliseconds, undefined, signal === undefined ? {} : { signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}
