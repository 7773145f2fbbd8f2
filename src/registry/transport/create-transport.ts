import { setTimeout as wait } from "node:timers/promises";
import type { CredentialSource } from "../auth/credentials.ts";
import { limitsFor } from "./pace/limits.ts";
import type { ProxySettings } from "./connection/proxy.ts";
import { Transport } from "./transport.ts";

export interface RegistryClientOptions {
  readonly credentials: CredentialSource;
  /** Hosts that plain HTTP, or TLS with any certificate, will do for. Loopback always may speak plain HTTP. */
  readonly insecure?: readonly string[];
  readonly userAgent?: string;
  /** 48 where it is not given: with latency between, connections are what limits. */
  readonly maxConnectionsPerHost?: number;
  /** None where it is not given. `proxySettings` reads them from the environment. */
  readonly proxy?: ProxySettings;
  /** False reads blobs as Node hands them on, without `RingSocket`. True where it is not given. */
  readonly ringSockets?: boolean;
  /** Whether a host counts each GET of a manifest, and no HEAD; Docker Hub where it is not given. */
  readonly countsPulls?: (host: string) => boolean;
  readonly sleep?: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
  readonly random?: () => number;
  /** Milliseconds since 1970. */
  readonly clock?: () => number;
  /** How long one request may take, all tries together, in milliseconds: 55,000 where it is not given. */
  readonly requestMs?: number | undefined;
  /** Ends every call that has no signal of its own, and the token requests that calls share. */
  readonly signal?: AbortSignal | undefined;
}

/** What a client sends its requests through, for work that needs their answers as they are. */
export function createTransport(options: RegistryClientOptions): Transport {
  return new Transport({
    credentials: options.credentials,
    insecure: options.insecure ?? [],
    userAgent: options.userAgent ?? "layerkeep",
    maxConnectionsPerHost: options.maxConnectionsPerHost ?? 48,
    proxy: options.proxy ?? {},
    ringSockets: options.ringSockets ?? true,
    sleep: options.sleep ?? sleepFor,
    random: options.random ?? Math.random,
    clock: options.clock ?? Date.now,
    limits: limitsFor(options.requestMs),
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
