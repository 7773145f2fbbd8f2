import { randomBytes, randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Readable } from "node:stream";
import { startCncfRegistry } from "../scripts/engine/cncf-registry.ts";
import { registryStore } from "../src/cache/store/registry-store.ts";
import { verifyCache } from "../src/cache/use/verify.ts";
import { execOk, exec } from "../src/exec.ts";
import { digestOf } from "../src/oci/digest.ts";
import { parseReference } from "../src/oci/reference.ts";
import { anonymous } from "../src/registry/auth/credentials.ts";
import { RegistryClient } from "../src/registry/client.ts";
import { type BenchBed, median } from "./bed.ts";

/** Copies of one cache from one CNCF registry to another, in turns. */
export interface CacheCopyFigure {
  readonly bytes: number;
  /** Medians, in milliseconds, each as a process. */
  readonly layerkeep: number;
  readonly skopeo: number;
}

const layers = 6;
const layerBytes = 50e6;
const rounds = 5;

/** `layerkeep cache copy` beside `skopeo copy` of the same cache, which skopeo takes for an image. */
export async function benchCacheCopy({ registries, env }: BenchBed): Promise<CacheCopyFigure> {
  await using client = new RegistryClient({ credentials: anonymous });
  const [from] = registries;
  const source = `${from}/bench/${randomUUID()}:cache`;
  await fill(client, source);
  const times = { layerkeep: [] as number[], skopeo: [] as number[] };
  for (let round = 0; round < rounds; round++) {
    const tools = ["layerkeep", "skopeo"] as const;
    for (const tool of round % 2 === 0 ? tools : tools.toReversed()) {
      times[tool].push(await measure(tool, source, env));
    }
  }
  const [layerkeep, skopeo] = [median(times.layerkeep), median(times.skopeo)];
  return { bytes: layers * layerBytes, layerkeep, skopeo };
}

/** Into a registry that is new: skopeo remembers where it once sent a blob. Milliseconds. */
async function measure(
  tool: "layerkeep" | "skopeo",
  source: string,
  env: NodeJS.ProcessEnv,
): Promise<number> {
  const root = await mkdtemp(join(tmpdir(), "lk-cache-copy-"));
  const registry = await startCncfRegistry({ root });
  await using client = new RegistryClient({ credentials: anonymous });
  try {
    const target = `${registry.host}/bench/cache:copy`;
    await exec(["sync"], { env: process.env, purpose: "bench" });
    const start = performance.now();
    await execOk(exec, commandOf(tool, source, target), { env, purpose: "bench" });
    const took = performance.now() - start;
    const { problems } = await verifyCache(registryStore(client, parseReference(target)));
    if (problems.length > 0) throw new Error(`${tool} left an incomplete cache`);
    return took;
  } finally {
    await registry.stop();
    await rm(root, { recursive: true, force: true });
  }
}

function commandOf(tool: "layerkeep" | "skopeo", from: string, to: string): readonly string[] {
  if (tool === "layerkeep") {
    return [process.execPath, resolve("dist/cli.js"), "cache", "copy", from, to];
  }
  const open = ["--src-tls-verify=false", "--dest-tls-verify=false"];
  return ["skopeo", "copy", "--all", ...open, `docker://${from}`, `docker://${to}`];
}

async function fill(client: RegistryClient, reference: string): Promise<void> {
  const blobs = Array.from({ length: layers }, () => randomBytes(layerBytes));
  const described = blobs.map((bytes) => ({
    mediaType: "application/vnd.oci.image.layer.v1.tar+gzip",
    digest: digestOf(bytes),
    size: bytes.length,
    annotations: { "containerd.io/uncompressed": digestOf(bytes) },
  }));
  const cache = {
    config: {
      layers: described.map(({ digest }, at) => ({ blob: digest, parent: at - 1 })),
      records: described.map(({ digest }, at) => ({
        digest,
        layers: [{ layer: at }],
        chains: [],
        inputs: at === 0 ? [] : [[{ link: at - 1 }]],
      })),
    },
    blobs: new Map(described.map((blob) => [blob.digest, blob])),
  };
  await registryStore(client, parseReference(reference)).write(cache, {
    openBlob: ({ digest }) => {
      const at = described.findIndex((blob) => blob.digest === digest);
      return Promise.resolve(Readable.from([blobs[at] ?? Buffer.alloc(0)]));
    },
  });
}
