import { version } from "../../version.ts";
import type { LogEntry } from "./log.ts";
import type { Collected } from "../store/collect.ts";
import type { DiskUsage, StoreUsage } from "../store/store.ts";

/** Values that are looked up on request. */
export interface Gauges {
  readonly uploads: number;
  readonly usage: StoreUsage;
  /** Undefined if nothing is ever written to it. */
  readonly disk: DiskUsage | undefined;
  /** Milliseconds since 1970; undefined without TLS. */
  readonly certificateExpiresAt: number | undefined;
}

/** Seconds: from an in-memory lookup to a large blob over a slow connection. */
const buckets = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300,
];
const methods = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]);
const prefix = "layerkeep_registry";

interface Histogram {
  /** One count per bucket; smaller buckets are added when it is rendered. */
  readonly counts: number[];
  count: number;
  sum: number;
}

/**
 * Counts what the registry did, in Prometheus' text format 0.0.4. Labels are route kinds, methods
 * and statuses: repository names would be unbounded and reveal who has what.
 */
export class Metrics {
  readonly #startedAt: number;
  readonly #requests = new Map<string, number>();
  readonly #durations = new Map<string, Histogram>();
  readonly #bytesIn = new Map<string, number>();
  readonly #bytesOut = new Map<string, number>();
  readonly #collections = new Map<string, number>();
  #collectedBytes = 0;

  /** Milliseconds since 1970. */
  constructor(startedAt: number = Date.now()) {
    this.#startedAt = startedAt;
  }

  observe(entry: LogEntry): void {
    const route = `route="${entry.route ?? "none"}"`;
    const method = `method="${methods.has(entry.method) ? entry.method : "other"}"`;
    add(this.#requests, `${route},${method},code="${entry.status}"`, 1);
    add(this.#bytesIn, route, entry.bytesIn);
    add(this.#bytesOut, route, entry.bytesOut);
    this.#time(`${route},${method}`, entry.milliseconds / 1_000);
  }

  /** Counts a running collection when it ends. */
  async count(running: Promise<readonly Collected[]>): Promise<readonly Collected[]> {
    try {
      const collected = await running;
      add(this.#collections, 'result="done"', 1);
      this.#collectedBytes += collected.reduce((sum, { bytes }) => sum + bytes, 0);
      return collected;
    } catch (error) {
      add(this.#collections, 'result="failed"', 1);
      throw error;
    }
  }

  /** All metrics, one after another. */
  render(gauges: Gauges): string {
    const { usage, disk } = gauges;
    const memory = process.memoryUsage.rss();
    const { user, system } = process.cpuUsage();
    const families = [
      family(
        "http_requests_total",
        "counter",
        "Requests answered. Code 0 means that the client disconnected.",
        [...this.#requests],
      ),
      this.#histogram(),
      family("http_request_body_bytes_total", "counter", "Bytes of request bodies read.", [
        ...this.#bytesIn,
      ]),
      family("http_response_body_bytes_total", "counter", "Bytes of response bodies sent.", [
        ...this.#bytesOut,
      ]),
      family("uploads_open", "gauge", "Open uploads.", [["", gauges.uploads]]),
      family("repositories", "gauge", "Repositories.", [["", usage.repositories]]),
      family("tags", "gauge", "Tags in all repositories.", [["", usage.tags]]),
      family("manifests", "gauge", "Manifests in all repositories.", [["", usage.manifests]]),
      family("contents", "gauge", "Blobs and manifests, each counted once.", [
        ["", usage.contents],
      ]),
      family("content_bytes", "gauge", "Bytes of all blobs and manifests.", [["", usage.bytes]]),
      disk === undefined
        ? ""
        : family("disk_full", "gauge", "1 while pushes are refused because the disk is full.", [
            ["", disk.isFull ? 1 : 0],
          ]) +
          family("disk_free_bytes", "gauge", "Free disk space for the registry, in bytes.", [
            ["", disk.freeBytes],
          ]),
      family("collections_total", "counter", "Completed garbage collections.", [
        ...this.#collections,
      ]),
      family("collected_bytes_total", "counter", "Bytes deleted by garbage collection.", [
        ["", this.#collectedBytes],
      ]),
      gauges.certificateExpiresAt === undefined
        ? ""
        : family("certificate_expiry_timestamp_seconds", "gauge", "When the certificate expires.", [
            ["", gauges.certificateExpiresAt / 1_000],
          ]),
      family("build_info", "gauge", "The running version.", [
        [`version="${version}",node="${process.versions.node}"`, 1],
      ]),
      family(
        "process_start_time_seconds",
        "gauge",
        "When the process started.",
        [["", this.#startedAt / 1_000]],
        "",
      ),
      family("process_resident_memory_bytes", "gauge", "Resident memory.", [["", memory]], ""),
      family(
        "process_cpu_seconds_total",
        "counter",
        "CPU time.",
        [["", (user + system) / 1e6]],
        "",
      ),
    ];
    return families.join("");
  }

  #time(labels: string, seconds: number): void {
    let histogram = this.#durations.get(labels);
    if (histogram === undefined) {
      histogram = { counts: buckets.map(() => 0), count: 0, sum: 0 };
      this.#durations.set(labels, histogram);
    }
    const bucket = buckets.findIndex((most) => seconds <= most);
    if (bucket >= 0) histogram.counts[bucket] = (histogram.counts[bucket] ?? 0) + 1;
    histogram.count += 1;
    histogram.sum += seconds;
  }

  #histogram(): string {
    const name = `${prefix}_http_request_duration_seconds`;
    const lines = [...this.#durations].flatMap(([labels, { counts, count, sum }]) => {
      let below = 0;
      const steps = buckets.map((most, index) => {
        below += counts[index] ?? 0;
        return `${name}_bucket{${labels},le="${most}"} ${below}\n`;
      });
      return [
        ...steps,
        `${name}_bucket{${labels},le="+Inf"} ${count}\n`,
        `${name}_sum{${labels}} ${sum}\n`,
        `${name}_count{${labels}} ${count}\n`,
      ];
    });
    const help = "Time from the request's header to the end of the response.";
    return `# HELP ${name} ${help}\n# TYPE ${name} histogram\n${lines.join("")}`;
  }
}

function add(counts: Map<string, number>, labels: string, more: number): void {
  counts.set(labels, (counts.get(labels) ?? 0) + more);
}

function family(
  name: string,
  type: "counter" | "gauge",
  help: string,
  samples: readonly (readonly [labels: string, value: number])[],
  before = `${prefix}_`,
): string {
  const full = `${before}${name}`;
  const lines = samples.map(
    ([labels, value]) => `${full}${labels === "" ? "" : `{${labels}}`} ${value}\n`,
  );
  return `# HELP ${full} ${help}\n# TYPE ${full} ${type}\n${lines.join("")}`;
}
