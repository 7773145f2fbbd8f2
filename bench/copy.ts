/**
 * Copying one image of six layers and 300 MB from one CNCF registry to another: by us, by skopeo
 * and by crane where it is installed, each as a process, in turns, into a registry that is new
 * each time. Over plain HTTP and over TLS. And an image of 2 GiB, for the memory that it takes.
 */
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { type CncfRegistry, startCncfRegistry } from "../scripts/engine/cncf-registry.ts";
import { exec } from "../src/exec.ts";
import type { Descriptor } from "../src/oci/manifest.ts";
import { mediaTypes } from "../src/oci/media-types.ts";
import { RegistryClient } from "../src/registry/client.ts";
import { anonymous } from "../src/registry/auth/credentials.ts";
import { describe } from "../test/support/images.ts";
import { testCertificate } from "../test/support/tls-server.ts";
import { median } from "./bed.ts";
import { type Command, type Run, timed } from "./support/timed.ts";

export interface CopyFigure {
  readonly what: string;
  /** The fastest other tool's time over ours: above 1 we are faster. */
  readonly ratio: number;
  /** What the design asks for. */
  readonly budget: number;
}

interface Tool {
  readonly name: string;
  readonly command: (from: string, to: string) => Command;
}

const layers = 6;
const imageBytes = 300e6;
const largeBytes = 2 * 2 ** 30;
const memoryMiB = 100;

/** Prints the medians of all tools and gives our ratios. Throws where a copy fails or is not whole. */
export async function benchCopy(
  print: (line: string) => void = console.log,
  rounds = 5,
): Promise<readonly CopyFigure[]> {
  const root = await mkdtemp(join(tmpdir(), "layerkeep-copy-"));
  try {
    const tools = await toolsIn(root);
    return [
      ...(await compare({ root, tools, rounds, tls: false }, print)),
      ...(await compare({ root, tools, rounds, tls: true }, print)),
      await copyLarge(root, tools.slice(0, 1), print),
    ];
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

/**
 * What copies take of the processor without ring sockets, over what they take with them: unlike
 * their time, it does not hang on the registries, the disk and the network.
 */
export async function benchRingSockets(
  print: (line: string) => void = console.log,
  rounds = 5,
): Promise<readonly CopyFigure[]> {
  const root = await mkdtemp(join(tmpdir(), "layerkeep-ring-"));
  try {
    const ours = await ourTool(root);
    const without: Tool = {
      name: "without ring sockets",
      command: (from, to) => [...ours.command(from, to), "without"],
    };
    const figures: CopyFigure[] = [];
    for (const tls of [false, true]) {
      const { what, medians } = await runInTurns({ root, tools: [ours, without], rounds, tls });
      const [on, off] = medians;
      const ratio = (off?.cpuMs ?? 0) / (on?.cpuMs ?? Number.NaN);
      print(`${what}: ${medians.map(renderMedian).join(", ")}`);
      figures.push({ what, ratio, budget: 1.1 });
    }
    return figures;
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

interface Comparison {
  readonly root: string;
  readonly tools: readonly Tool[];
  readonly rounds: number;
  readonly tls: boolean;
}

interface Median extends Run {
  readonly name: string;
}

/** Medians of each tool's runs, and the most memory of any. */
async function runInTurns({ root, tools, rounds, tls }: Comparison): Promise<{
  readonly what: string;
  readonly medians: readonly Median[];
}> {
  await using source = await startSource(root, tls, imageBytes);
  const runs = new Map<string, Run[]>(tools.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    // Who comes first is another one each round.
    for (const index of tools.keys()) {
      const tool = tools[(index + round) % tools.length];
      if (tool !== undefined) runs.get(tool.name)?.push(await measure(root, source, tool));
    }
  }
  const what = `copy of ${imageBytes / 1e6} MB in ${layers} layers over ${tls ? "TLS" : "HTTP"}`;
  const medians = [...runs].map(([name, all]) => ({
    name,
    ms: median(all.map(({ ms }) => ms)),
    cpuMs: median(all.map(({ cpuMs }) => cpuMs)),
    peakMiB: Math.max(...all.map(({ peakMiB }) => peakMiB)),
  }));
  return { what, medians };
}

function renderMedian({ name, ms, cpuMs, peakMiB }: Median): string {
  return `${name} ${(ms / 1000).toFixed(2)} s, ${(cpuMs / 1000).toFixed(2)} s of the processor and ${peakMiB.toFixed(0)} MiB`;
}

async function compare(
  comparison: Comparison,
  print: (line: string) => void,
): Promise<CopyFigure[]> {
  const { what, medians } = await runInTurns(comparison);
  const [ours, ...others] = medians;
  const fastest = Math.min(...others.map(({ ms }) => ms));
  const figures = medians.map(renderMedian);
  const time = { what, ratio: fastest / (ours?.ms ?? Number.NaN), budget: 1 };
  print(`${what}: ${figures.join(", ")}; ratio ${time.ratio.toFixed(2)} (budget ${time.budget})`);
  const memory = {
    what: `memory of the ${what}`,
    ratio: memoryMiB / (ours?.peakMiB ?? 0),
    budget: 1,
  };
  return [time, memory];
}

async function copyLarge(
  root: string,
  [ours]: readonly Tool[],
  print: (line: string) => void,
): Promise<CopyFigure> {
  if (ours === undefined) throw new Error("no tool to measure");
  await using source = await startSource(root, false, largeBytes);
  const { ms, peakMiB } = await measure(root, source, ours);
  const what = `memory of a copy of 2 GiB`;
  print(`${what}: ${peakMiB.toFixed(0)} MiB (budget ${memoryMiB}), in ${(ms / 1000).toFixed(1)} s`);
  return { what, ratio: memoryMiB / peakMiB, budget: 1 };
}

/** One run into a registry that is new. Whoever is fast because it does less is not measured. */
async function measure(root: string, source: Source, tool: Tool): Promise<Run> {
  const folder = await mkdtemp(join(root, "target-"));
  const { tls } = source;
  const target = await startCncfRegistry({ root: folder, tls: tls ? testCertificate : undefined });
  try {
    // What an earlier run left to be written is not this one's to wait for.
    await exec(["sync"], { env: process.env, purpose: "bench" });
    const command = tool.command(`${source.host}/bench/image:v1`, `${target.host}/bench/image:v1`);
    const run = await timed(command, join(root, "docker"));
    await checkWhole(source, target);
    return run;
  } finally {
    await target.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function checkWhole(source: Source, target: CncfRegistry): Promise<void> {
  const insecure = [source.host, target.host];
  await using client = new RegistryClient({ credentials: anonymous, insecure });
  const repository = { host: target.host, path: "bench/image" };
  const found = await client.getManifest({ ...repository, tag: "v1" });
  const blobs = found?.manifest.kind === "manifest" ? found.manifest.content.layers : [];
  const sizes = await Promise.all(blobs.map(({ digest }) => client.headBlob(repository, digest)));
  const bytes = sizes.reduce((sum, blob) => sum + (blob?.size ?? 0), 0);
  if (bytes !== source.bytes) throw new Error(`${bytes} of ${source.bytes} bytes were copied`);
}

interface Source extends AsyncDisposable {
  readonly host: string;
  readonly tls: boolean;
  /** Of its layers. */
  readonly bytes: number;
}

/** A registry with one image of random bytes. */
async function startSource(root: string, tls: boolean, total: number): Promise<Source> {
  const folder = await mkdtemp(join(root, "source-"));
  const options = { root: folder, tls: tls ? testCertificate : undefined };
  const registry = await startCncfRegistry(options);
  const { host } = registry;
  const repository = { host, path: "bench/image" };
  await using client = new RegistryClient({ credentials: anonymous, insecure: [host] });
  const push = async (bytes: Buffer, mediaType: string) => {
    const descriptor = describe(bytes, mediaType);
    await client.pushBlob(repository, descriptor, () => bytes);
    return descriptor;
  };
  const config = await push(Buffer.from("{}"), mediaTypes.ociConfig);
  const pushed: Descriptor[] = [];
  for (let index = 0; index < layers; index++) {
    // What is not gzip, skopeo compresses.
    const bytes = gzipSync(randomBytes(Math.floor(total / layers)), { level: 0 });
    pushed.push(await push(bytes, mediaTypes.ociLayerGzip));
  }
  const mediaType = mediaTypes.ociManifest;
  const content = { schemaVersion: 2, mediaType, config, layers: pushed };
  const bytes = Buffer.from(JSON.stringify(content));
  await client.putManifest(repository, { bytes, mediaType, tag: "v1" });
  return {
    host,
    tls,
    bytes: pushed.reduce((sum, { size }) => sum + size, 0),
    async [Symbol.asyncDispose]() {
      await registry.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function ourTool(root: string): Promise<Tool> {
  const script = join(root, "copy.mjs");
  await build({
    entryPoints: ["bench/support/copy-process.ts"],
    bundle: true,
    platform: "node",
    target: "node20.19",
    format: "esm",
    banner: {
      js: `import { createRequire as makeRequire } from "node:module"; const require = makeRequire(import.meta.url);`,
    },
    outfile: script,
    logLevel: "error",
  });
  return { name: "ours", command: (from, to) => [process.execPath, script, from, to] };
}

/** Ours first; those of the others that are installed. */
async function toolsIn(root: string): Promise<readonly Tool[]> {
  const ours = await ourTool(root);
  const others: readonly Tool[] = [
    {
      name: "skopeo",
      command: (from, to) => [
        "skopeo",
        "--insecure-policy",
        "copy",
        "--quiet",
        "--src-tls-verify=false",
        "--dest-tls-verify=false",
        `docker://${from}`,
        `docker://${to}`,
      ],
    },
    { name: "crane", command: (from, to) => ["crane", "copy", "--insecure", from, to] },
  ];
  const installed: Tool[] = [];
  for (const tool of others) if (await isInstalled(tool.name)) installed.push(tool);
  if (installed.length === 0)
    throw new Error("found neither skopeo nor crane: install skopeo to compare with");
  return [ours, ...installed];
}

async function isInstalled(name: string): Promise<boolean> {
  const looked = exec([name, "--help"], { env: process.env, purpose: "bench" });
  return looked.then(
    () => true,
    () => false,
  );
}
