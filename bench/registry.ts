import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startCncfRegistry } from "../scripts/engine/cncf-registry.ts";
import { RawConnection } from "../test/support/raw-http.ts";
import { bundleRegistry } from "../test/support/registry-process.ts";

/** One figure of both servers, in the same run. */
export interface RegistryFigure {
  readonly what: string;
  readonly unit: "MiB/s" | "blobs/s";
  readonly ours: number;
  readonly cncf: number;
  /** Ours over the other's: above 1 we are faster. */
  readonly ratio: number;
  /** What the design asks for. */
  readonly budget: number;
}

const largeBytes = 256 << 20;
const smallBytes = 16 << 10;
const smallCount = 500;
const connections = 8;
const rounds = 3;

/**
 * Our server beside the CNCF one, each in a process of its own: one blob of 256 MiB and 500 of
 * 16 KiB, up and down. Medians of three rounds that take turns. Prints a line for each figure and
 * the peak memory of both.
 */
export async function benchRegistry(
  print: (line: string) => void = console.log,
): Promise<readonly RegistryFigure[]> {
  const root = await mkdtemp(join(tmpdir(), "layerkeep-bench-"));
  await using bundle = await bundleRegistry();
  const cncf = await startCncfRegistry({ root: join(root, "cncf") });
  const ours = await bundle.start(join(root, "ours"));
  try {
    const runs: { readonly ours: Run; readonly cncf: Run }[] = [];
    for (let round = 0; round < rounds; round++) {
      runs.push({ ours: await measure(ours.url), cncf: await measure(cncf.url) });
    }
    const figures = kinds.map(({ key, what, unit, budget }): RegistryFigure => {
      const of = (server: "ours" | "cncf"): number => median(runs.map((run) => run[server][key]));
      return {
        what,
        unit,
        ours: of("ours"),
        cncf: of("cncf"),
        ratio: of("ours") / of("cncf"),
        budget,
      };
    });
    for (const figure of figures) print(renderFigure(figure));
    print(`peak memory: ours ${await peakMiB(ours.pid)} MiB, CNCF ${await peakMiB(cncf.pid)} MiB`);
    return figures;
  } finally {
    await ours.kill();
    await cncf.stop();
    await rm(root, { recursive: true, force: true });
  }
}

interface Run {
  readonly largeUp: number;
  readonly largeDown: number;
  readonly smallUp: number;
  readonly smallDown: number;
}

const kinds = [
  { key: "largeUp", what: "256 MiB up", unit: "MiB/s", budget: 1 },
  { key: "largeDown", what: "256 MiB down", unit: "MiB/s", budget: 1 },
  { key: "smallUp", what: `${smallCount} x 16 KiB up`, unit: "blobs/s", budget: 10 },
  { key: "smallDown", what: `${smallCount} x 16 KiB down`, unit: "blobs/s", budget: 8 },
] as const;

interface Blob {
  readonly content: Buffer;
  readonly digest: string;
}

async function measure(url: string): Promise<Run> {
  const base = new URL(url);
  const lines = await Promise.all(
    Array.from({ length: connections }, () => RawConnection.open(base)),
  );
  const repository = new URL(`/v2/bench/r${randomBytes(4).toString("hex")}/`, base);
  const large = [blobOf(largeBytes)];
  const small = Array.from({ length: smallCount }, () => blobOf(smallBytes));
  try {
    const largeUp = await seconds(() => each(lines, large, (line, b) => push(line, repository, b)));
    const largeDown = await seconds(() =>
      each(lines, large, (line, b) => pull(line, repository, b)),
    );
    const smallUp = await seconds(() => each(lines, small, (line, b) => push(line, repository, b)));
    const smallDown = await seconds(() =>
      each(lines, small, (line, b) => pull(line, repository, b)),
    );
    return {
      largeUp: largeBytes / (1 << 20) / largeUp,
      largeDown: largeBytes / (1 << 20) / largeDown,
      smallUp: smallCount / smallUp,
      smallDown: smallCount / smallDown,
    };
  } finally {
    for (const line of lines) line.close();
  }
}

/** As BuildKit pushes: a session, and then all of it in one PUT. */
async function push(line: RawConnection, repository: URL, blob: Blob): Promise<void> {
  const begun = await line.request("POST", new URL("blobs/uploads/", repository));
  const location = new URL(begun.location, repository);
  location.searchParams.set("digest", blob.digest);
  const { status } = await line.request("PUT", location, blob.content);
  if (status !== 201) throw new Error(`PUT ${location.href}: ${status}`);
}

async function pull(line: RawConnection, repository: URL, blob: Blob): Promise<void> {
  const { status, bytes } = await line.request("GET", new URL(`blobs/${blob.digest}`, repository));
  if (status !== 200 || bytes !== blob.content.length) {
    throw new Error(`GET ${blob.digest}: ${status}, ${bytes} bytes`);
  }
}

/** Each connection takes the next item when it is done with one. */
async function each<T>(
  lines: readonly RawConnection[],
  items: readonly T[],
  work: (line: RawConnection, item: T) => Promise<void>,
): Promise<void> {
  const queue = items.values();
  await Promise.all(
    lines.map(async (line) => {
      for (const item of queue) await work(line, item);
    }),
  );
}

function blobOf(bytes: number): Blob {
  const content = randomBytes(bytes);
  return { content, digest: `sha256:${createHash("sha256").update(content).digest("hex")}` };
}

async function seconds(work: () => Promise<void>): Promise<number> {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1000;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function renderFigure({ what, unit, ours, cncf, ratio, budget }: RegistryFigure): string {
  const figures = `ours ${ours.toFixed(0)}, CNCF ${cncf.toFixed(0)} ${unit}`;
  return `${what}: ${figures}; ratio ${ratio.toFixed(2)} (budget ${budget})`;
}

async function peakMiB(pid: number): Promise<string> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  const peak = /^VmHWM:\s*(\d+) kB$/m.exec(status)?.[1];
  return peak === undefined ? "unknown" : (Number(peak) / 1024).toFixed(0);
}
