import { type AccessOptions, openAccess } from "./access/open-access.ts";
import { watch } from "./access/watched.ts";
import { type Activity, watchActivity } from "./http/activity.ts";
import { bracketed, listenOnFirst, parseListen } from "./http/address.ts";
import { type CollectionOptions, type Collector, startCollector } from "./collection/collector.ts";
import { createHandler } from "./handler.ts";
import { closeServer } from "./http/close-server.ts";
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
   * The folder that everything is stored in; created if it does not exist. A folder that is not
   * empty and does not belong to a registry is refused.
   */
  readonly root: string;
  /**
   * `host:port`; port 0 picks a free port. 127.0.0.1:0 by default. Of several addresses, the first
   * one that is not in use, on the first one's host.
   */
  readonly listen?: string | readonly string[] | undefined;
  /** Serves TLS; the files are read again when they change. */
  readonly tls?: TlsFiles | undefined;
  /** Refuses writes, and writes nothing to the root itself. */
  readonly readOnly?: boolean | undefined;
  /** Mirrors another registry: reads are served from there and stored, writes are refused. */
  readonly mirror?: MirrorOptions | undefined;
  /** A separate `host:port` for `/metrics`, which needs no login; none by default. */
  readonly metricsListen?: string | undefined;
  /** Called for each request. Without it, nothing is collected for a log. */
  readonly onLog?: ((entry: LogEntry) => void) | undefined;
  /** Called for requests that failed on our side. */
  readonly onFailure?: ((entry: LogEntry) => void) | undefined;
  /** Called with problems outside of any request, such as a file that can no longer be read. */
  readonly onWarning?: ((message: string) => void) | undefined;
  /** What is deleted automatically; nothing by default. */
  readonly collect?: CollectionOptions | undefined;
  /** Milliseconds after which all stored content is read again; 30 days by default, 0 for never. */
  readonly scrubEveryMs?: number | undefined;
  /**
   * The clock for grace, lease and forgotten uploads, in milliseconds. By default that is a clock
   * that nobody sets, and stored times are the time of day.
   */
  readonly now?: (() => number) | undefined;
  /**
   * How long a client may send nothing in the middle of a request, in milliseconds. A minute by
   * default.
   */
  readonly idleMs?: number | undefined;
}

/** A registry that runs until it is closed. */
export interface RunningRegistry extends AsyncDisposable {
  /** `http://127.0.0.1:5000`, or `https://…`. */
  readonly url: string;
  /** `127.0.0.1:5000`: what comes before the first slash of a reference. */
  readonly host: string;
  /** `http://127.0.0.1:9090/metrics`; undefined if there are no metrics. */
  readonly metricsUrl: string | undefined;
  /** Reads certificate, passwords and rights again, as happens automatically when they change. */
  refresh(): Promise<void>;
  /**
   * Collects now, by the given policy or the one that it was started with, and returns what was
   * deleted. Throws a usage error if the registry is closed.
   */
  readonly collect: Collector["run"];
  /** What clients do with it now. */
  readonly activity: Activity;
  /** Whether its root was neither deleted nor taken over by another process. */
  readonly hasRoot: () => boolean;
  /** Lets running requests finish, for up to five seconds, and releases the root. */
  close(): Promise<void>;
}

const defaultIdleMs = 60_000;
const closeGraceMs = 5_000;
const tendEveryMs = 60_000;

/**
 * Starts the embedded registry: the OCI distribution spec 1.1 over a folder. Throws a usage error
 * if the address is not loopback and there is no password or no TLS, if an option or a file that it
 * names cannot be used, if the port is in use, if the root cannot be written, or if another process
 * holds it.
 */
export async function startRegistry(
  options: RegistryOptions,
  tuning: RootTuning = {},
): Promise<RunningRegistry> {
  const { listen: given = "127.0.0.1:0" } = options;
  const addresses = (typeof given === "string" ? [given] : given).map(parseListen);
  const onWarning = options.onWarning ?? (() => undefined);
  const closers: (() => void | Promise<void>)[] = [];
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> =>
    (closing ??= (async () => {
      for (const closer of closers.reverse()) await closer();
    })());
  try {
    const access = await openAccess(options, {
      hostname: bracketed(addresses[0]?.hostname ?? ""),
      hasTls: options.tls !== undefined,
      onWarning,
    });
    closers.push(() => access.close());
    const tls = options.tls && (await watch(tlsSource(options.tls), { onWarning }));
    closers.push(() => tls?.close());
    const now = options.now ?? Date.now;
    const steady = options.now ?? startSteadyClock();
    const opened = await openRoot(options, { now, steady, onWarning, tuning });
    const { store, readOnly, isHeld, unlock } = opened;
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
        gate: access.gate,
        refuse: access.refuse,
        readOnly,
        mirror: options.mirror && new Mirror(store, options.mirror),
      }),
      idleMs: options.idleMs ?? defaultIdleMs,
      onLog: metrics === undefined ? options.onLog : observing(metrics, options.onLog),
      onFailure: options.onFailure,
      tls: tls?.current(),
    });
    const activity = watchActivity(server);
    tls?.onChange((material) => {
      // New connections get the new certificate; open ones are not touched.
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
    const host = await listenOnFirst(server, addresses, "the registry");
    closers.push(() => closeServer(server, closeGraceMs));
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
        await Promise.all([access.refresh(), tls?.refresh()]);
      },
      collect: collector.run,
      activity,
      hasRoot: isHeld,
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
