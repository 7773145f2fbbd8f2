import type { Server } from "node:http";
import type { Server as TlsServer } from "node:https";
import { type AccessOptions, openAccess } from "./access/open-access.ts";
import { watch } from "./access/watched.ts";
import { bracketed, listen, parseListen } from "./http/address.ts";
import { type CollectionOptions, type Collector, startCollector } from "./collection/collector.ts";
import { createHandler } from "./handler.ts";
import { createHttpServer } from "./http/create-server.ts";
import type { LogEntry } from "./observe/log.ts";
import { Metrics } from "./observe/metrics.ts";
import { startMetricsServer } from "./observe/metrics-server.ts";
import { Mirror, type MirrorOptions } from "./mirror/mirror.ts";
import { openRoot, type RootTuning } from "./open-root.ts";
import { defaultScrubEveryMs, startScrubber } from "./scrubber.ts";
import { startSteadyClock } from "./steady-clock.ts";
import type { Store } from "./store/store.ts";
import { tlsSource, type TlsFiles } from "./tls/tls.ts";

export interface RegistryOptions extends AccessOptions {
  /**
   * The folder that all is kept in; made if it does not exist. One that is not empty and not a
   * registry's is refused.
   */
  readonly root: string;
  /** `host:port`; port 0 takes a free one. 127.0.0.1:0 by default. */
  readonly listen?: string | undefined;
  /** Speaks TLS; the files are read again when they change. */
  readonly tls?: TlsFiles | undefined;
  /** Refuses writes, and writes nothing to the root itself. */
  readonly readOnly?: boolean | undefined;
  /** Mirrors another registry: reads are served from there and kept, writes are refused. */
  readonly mirror?: MirrorOptions | undefined;
  /** `host:port` of its own for `/metrics`, which needs no login; none by default. */
  readonly metricsListen?: string | undefined;
  /** Told of each request. Without it nothing is gathered for a log. */
  readonly onLog?: ((entry: LogEntry) => void) | undefined;
  /** Told of requests that failed on our side. */
  readonly onFailure?: ((entry: LogEntry) => void) | undefined;
  /** Told what is wrong outside of any request, such as a file that cannot be read any more. */
  readonly onWarning?: ((message: string) => void) | undefined;
  /** What is deleted without being asked; nothing by default. */
  readonly collect?: CollectionOptions | undefined;
  /** Milliseconds after which all that is stored is read again; 30 days by default, 0 for never. */
  readonly scrubEveryMs?: number | undefined;
  /**
   * Milliseconds; what grace, lease and forgotten uploads are counted by. By default they are
   * counted by a clock that nobody sets, and what is stored carries the time of day.
   */
  readonly now?: (() => number) | undefined;
  /** Milliseconds that a client may send nothing in the middle of a request. A minute by default. */
  readonly idleMs?: number | undefined;
}

/** A registry that serves until it is closed. */
export interface RunningRegistry extends AsyncDisposable {
  /** `http://127.0.0.1:5000`, or `https://…`. */
  readonly url: string;
  /** `127.0.0.1:5000`: what comes before the first slash of a reference. */
  readonly host: string;
  /** `http://127.0.0.1:9090/metrics`; undefined where there are no metrics. */
  readonly metricsUrl: string | undefined;
  /** Reads certificate, passwords and rights again, as it does by itself when they change. */
  refresh(): Promise<void>;
  /**
   * Collects now, by the policy that it was started with or the one that is given, and tells
   * what went. Throws a usage error once the registry is closed.
   */
  readonly collect: Collector["run"];
  /** Lets running requests end, for five seconds, and gives the root free. */
  close(): Promise<void>;
}

const defaultIdleMs = 60_000;
const closeGraceMs = 5_000;
const tendEveryMs = 60_000;

/**
 * Starts the embedded registry: the OCI distribution spec 1.1 over a folder. Throws a usage error
 * where the address is not loopback and there is no password or no TLS, an option or a file that
 * it names cannot be used, the port is taken, the root cannot be written or another process has it.
 */
export async function startRegistry(
  options: RegistryOptions,
  tuning: RootTuning = {},
): Promise<RunningRegistry> {
  const address = parseListen(options.listen ?? "127.0.0.1:0");
  const onWarning = options.onWarning ?? (() => undefined);
  const closers: (() => void | Promise<void>)[] = [];
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> =>
    (closing ??= (async () => {
      for (const closer of closers.reverse()) await closer();
    })());
  try {
    const access = await openAccess(options, {
      hostname: bracketed(address.hostname),
      hasTls: options.tls !== undefined,
      onWarning,
    });
    closers.push(() => access?.close());
    const tls = options.tls && (await watch(tlsSource(options.tls), { onWarning }));
    closers.push(() => tls?.close());
    const now = options.now ?? Date.now;
    const steady = options.now ?? startSteadyClock();
    const opened = await openRoot(options, { now, steady, onWarning, tuning });
    const { store, readOnly, unlock } = opened;
    closers.push(unlock);
    closers.push(() => store.close());
    const metrics = options.metricsListen === undefined ? undefined : new Metrics();
    const collectable = metrics && { collect: counting(store, metrics) };
    const collector = startCollector(collectable ?? store, options.collect ?? { policy: "none" }, {
      now: steady,
      onWarning,
    });
    closers.push(collector.stop);
    const everyMs = options.scrubEveryMs ?? defaultScrubEveryMs;
    const { root } = options;
    const scrubber = readOnly
      ? undefined
      : startScrubber(store, { root, everyMs, now: Date.now, onWarning });
    closers.push(() => scrubber?.stop());
    const server = createHttpServer({
      handle: createHandler({
        store,
        gate: access?.gate,
        readOnly,
        mirror: options.mirror && new Mirror(store, options.mirror),
      }),
      idleMs: options.idleMs ?? defaultIdleMs,
      onLog: metrics === undefined ? options.onLog : observing(metrics, options.onLog),
      onFailure: options.onFailure,
      tls: tls?.current(),
    });
    tls?.onChange((material) => {
      // New connections get the new certificate; those that are open are not touched.
      if ("setSecureContext" in server) server.setSecureContext(material);
    });
    const scraped =
      metrics &&
      (await startMetricsServer(options.metricsListen ?? "", () =>
        metrics.render({
          uploads: store.uploads.size,
          usage: store.usage(),
          disk: store.disk(),
          certificateExpiresAt: tls?.current().expiresAt,
        }),
      ));
    closers.push(() => scraped?.close());
    const host = await listen(server, address, "the registry");
    closers.push(() => closeServer(server));
    const tending = setInterval(() => {
      store.tend().catch(() => undefined);
    }, tendEveryMs);
    tending.unref();
    closers.push(() => clearInterval(tending));
    return {
      url: `${tls === undefined ? "http" : "https"}://${host}`,
      host,
      metricsUrl: scraped?.url,
      refresh: async () => {
        await Promise.all([access?.refresh(), tls?.refresh()]);
      },
      collect: collector.run,
      close,
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function counting(store: Store, metrics: Metrics): Store["collect"] {
  return (plan) => metrics.count(store.collect(plan));
}

function observing(metrics: Metrics, onLog: RegistryOptions["onLog"]): (entry: LogEntry) => void {
  return (entry) => {
    metrics.observe(entry);
    onLog?.(entry);
  };
}

async function closeServer(server: Server | TlsServer): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  // A connection that is kept alive does not end with its last request.
  const idle = setInterval(() => server.closeIdleConnections(), 20);
  const force = setTimeout(() => server.closeAllConnections(), closeGraceMs);
  await closed;
  clearInterval(idle);
  clearTimeout(force);
}
