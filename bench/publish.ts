/**
 * Publishing 36 two-platform images with attestations from a staging repository to another
 * repository of its registry and to a second registry: by us, and by `docker buildx imagetools
 * create`, one call for each image and target. Both as processes, both to repositories and to a
 * second registry that are empty.
 */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { type CncfRegistry, startCncfRegistry } from "../scripts/engine/cncf-registry.ts";
import { exec } from "../src/exec.ts";
import { parseReference } from "../src/oci/reference.ts";
import type { Plan } from "../src/plan/plan.ts";
import { RegistryClient } from "../src/registry/client.ts";
import { anonymous } from "../src/registry/auth/credentials.ts";
import { pushImage } from "../test/support/images.ts";
import { planOf } from "../test/support/plans.ts";
import { type DelayingProxy, startDelayingProxy } from "./support/delaying-proxy.ts";

export interface PublishBenchOptions {
  /** How buildx is started: `["docker", "buildx"]`, or its plugin's own binary, which costs it less. */
  readonly buildx: readonly [string, ...string[]];
  /** 36. */
  readonly images?: number;
  /** How often each side is measured; the medians count. 1. */
  readonly rounds?: number;
  /** Milliseconds added to each request, one measurement for each: 0 and 50. */
  readonly delays?: readonly number[];
  readonly log: (line: string) => void;
}

export interface PublishBenchResult {
  readonly delayMs: number;
  readonly oursMs: number;
  readonly theirsMs: number;
  /** How many times faster we are. */
  readonly ratio: number;
  /** What the design asks of the ratio. */
  readonly budget: number | undefined;
  /** Calls that ended with another exit code than 0, of all. */
  readonly oursFailed: number;
  readonly theirsFailed: number;
  readonly theirCalls: number;
}

const budgets = new Map([
  [0, 6],
  [50, 15],
]);
const platforms = ["linux/amd64", "linux/arm64"];

/** Measures both sides and gives the ratios. Throws where one of ours fails or publishes the wrong thing. */
export async function benchPublish(options: PublishBenchOptions): Promise<PublishBenchResult[]> {
  const { images = 36, rounds = 1, delays = [0, 50], log } = options;
  await using bench = await setUp(images);
  const results: PublishBenchResult[] = [];
  for (const delayMs of delays) {
    const ours: number[] = [];
    const theirs: number[] = [];
    let oursFailed = 0;
    let theirsFailed = 0;
    for (let round = 0; round < rounds; round++) {
      const names = `delay${delayMs}-round${round}`;
      const us = await bench.measure(delayMs, `${names}/ours`, (plan) => runOurs(bench, plan));
      const them = await bench.measure(delayMs, `${names}/theirs`, (plan) =>
        runTheirs(options.buildx, bench.folder, plan),
      );
      ours.push(us.ms);
      theirs.push(them.ms);
      oursFailed += us.failed;
      theirsFailed += them.failed;
    }
    const result = {
      delayMs,
      oursMs: median(ours),
      theirsMs: median(theirs),
      ratio: median(theirs) / median(ours),
      budget: budgets.get(delayMs),
      oursFailed,
      theirsFailed,
      theirCalls: images * 2 * rounds,
    };
    log(renderResult(images, result));
    results.push(result);
  }
  return results;
}

function renderResult(images: number, r: PublishBenchResult): string {
  const where = r.delayMs === 0 ? "plain" : `${r.delayMs} ms added to each request`;
  const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`;
  const failures =
    r.theirsFailed === 0 ? "" : ` (${r.theirsFailed} of its ${r.theirCalls} calls failed)`;
  const budget = r.budget === undefined ? "" : `, budget ${r.budget}`;
  return `publish ${images} images to two targets, ${where}: ours ${seconds(r.oursMs)}, imagetools create ${seconds(r.theirsMs)}${failures}: ${r.ratio.toFixed(1)} times faster${budget}`;
}

interface Outcome {
  readonly ms: number;
  readonly failed: number;
}

interface Bench extends AsyncDisposable {
  readonly folder: string;
  readonly script: string;
  /** Runs one side into new repositories and a new second registry, and checks what stands then. */
  measure(delayMs: number, name: string, run: (plan: Plan) => Promise<Outcome>): Promise<Outcome>;
}

async function setUp(images: number): Promise<Bench> {
  const folder = await mkdtemp(join(tmpdir(), "layerkeep-bench-"));
  const first = await startCncfRegistry({ root: join(folder, "first") });
  await stage(first.host, images);
  const script = await bundle(folder);
  await mkdir(join(folder, "docker"));
  let count = 0;
  return {
    folder,
    script,
    async measure(delayMs, name, run) {
      const second = await startCncfRegistry({ root: join(folder, `second${count++}`) });
      const proxies: DelayingProxy[] = [];
      const hosts: string[] = [];
      for (const { host } of [first, second]) {
        if (delayMs === 0) hosts.push(host);
        else proxies.push(await startDelayingProxy(host, delayMs));
      }
      hosts.push(...proxies.map(({ host }) => host));
      const outcome = await run(planFor(hosts, images, name));
      for (const proxy of proxies) await proxy[Symbol.asyncDispose]();
      if (outcome.failed === 0) await checkPublished([first, second], images, name);
      await second.stop();
      return outcome;
    },
    async [Symbol.asyncDispose]() {
      await first.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Two small layers that all images of a platform share, two of each leg's own, provenance. */
async function stage(host: string, images: number): Promise<void> {
  await using client = new RegistryClient({ credentials: anonymous });
  for (const leg of planFor([host, host], images, "staging").legs) {
    const { path, tag = "" } = parseReference(leg.staged?.leg ?? "");
    await pushImage(client, {
      repository: { host, path },
      platform: leg.platform,
      tag,
      layers: [
        { seed: `base ${leg.platform}`, size: 200_000 },
        { seed: `runtime ${leg.platform}`, size: 60_000 },
        { seed: `app ${leg.id}`, size: 100_000 },
        { seed: `config ${leg.id}`, size: 2_000 },
      ],
      annotations: { "org.layerkeep.input": leg.input.digest },
    });
  }
}

function planFor(hosts: readonly string[], images: number, name: string): Plan {
  const [first = "", second = ""] = hosts;
  const variants = Array.from({ length: images }, (_, index) => `image${index}`);
  return planOf({
    cache: { host: first, path: "staging/cache" },
    targets: [`${first}/${name}`, `${second}/${name}`],
    platforms,
    variants,
    tags: [{ tag: "1.0.0-{name}", order: "semver" }],
  });
}

async function bundle(folder: string): Promise<string> {
  const outfile = join(folder, "publish.mjs");
  const banner = `import { createRequire as makeRequire } from "node:module"; const require = makeRequire(import.meta.url);`;
  await build({
    entryPoints: ["bench/support/publish-process.ts"],
    bundle: true,
    platform: "node",
    target: "node20.19",
    format: "esm",
    banner: { js: banner },
    outfile,
    logLevel: "error",
  });
  return outfile;
}

async function runOurs({ folder, script }: Bench, plan: Plan): Promise<Outcome> {
  const file = join(folder, "plan.json");
  await writeFile(file, JSON.stringify(plan));
  const env = { PATH: process.env["PATH"], DOCKER_CONFIG: join(folder, "docker") };
  const begin = performance.now();
  const { exitCode, stderr } = await exec([process.execPath, script, file], {
    env,
    purpose: "publish",
  });
  const ms = performance.now() - begin;
  if (exitCode !== 0) throw new Error(`publishing failed: ${stderr}`);
  return { ms, failed: 0 };
}

async function runTheirs(buildx: readonly string[], folder: string, plan: Plan): Promise<Outcome> {
  const env = {
    PATH: process.env["PATH"],
    DOCKER_CONFIG: join(folder, "docker"),
    BUILDX_CONFIG: join(folder, "buildx"),
  };
  const staged = new Map(plan.legs.map(({ id, staged: names }) => [id, names?.leg ?? ""]));
  let failed = 0;
  const begin = performance.now();
  for (const { targets, legs } of plan.variants) {
    for (const { repository, tags } of targets) {
      const names = tags.flatMap(({ tag }) => ["-t", `${repository}:${tag}`]);
      const sources = legs.map((id) => staged.get(id) ?? "");
      const argv = [...buildx, "imagetools", "create", ...names, ...sources];
      const { exitCode } = await exec(argv, { env, purpose: "imagetools create" });
      if (exitCode !== 0) failed++;
    }
  }
  return { ms: performance.now() - begin, failed };
}

/** Whoever is fast because it does less is not measured. */
async function checkPublished(
  registries: readonly CncfRegistry[],
  images: number,
  name: string,
): Promise<void> {
  await using client = new RegistryClient({ credentials: anonymous });
  for (let index = 0; index < images; index++) {
    const tag = `1.0.0-image${index}`;
    const found = await Promise.all(
      registries.map(({ host }) => client.getManifest({ host, path: name, tag })),
    );
    const digests = new Set(found.map((manifest) => manifest?.descriptor.digest));
    for (const manifest of found) {
      const children =
        manifest?.manifest.kind === "index" ? manifest.manifest.content.manifests : [];
      if (children.length !== 4 || digests.size !== 1) {
        throw new Error(
          `${name}:${tag} does not have four manifests and the same digest everywhere`,
        );
      }
    }
  }
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2;
}
