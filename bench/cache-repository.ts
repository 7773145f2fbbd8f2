import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import type { CacheContent } from "../src/cache/content.ts";
import { registryStore } from "../src/cache/store/registry-store.ts";
import { type Digest, digestOf } from "../src/oci/digest.ts";
import { appendToLog } from "../src/pipeline/records/append-to-log.ts";
import { judgeTags } from "../src/pipeline/caches/judge-tags.ts";
import { legTags } from "../src/pipeline/caches/leg-tags.ts";
import { surveyRepository } from "../src/pipeline/caches/survey.ts";
import { usageOf } from "../src/pipeline/caches/usage.ts";
import { anonymous } from "../src/registry/auth/credentials.ts";
import { RegistryClient } from "../src/registry/client.ts";
import { createLimit } from "../src/registry/transport/pace/limit.ts";
import { startRegistry } from "../src/server/start.ts";
import { configOf, variantOf } from "../test/support/configs.ts";
import { buildRecord } from "../test/support/records.ts";

/** What listing a repository of many caches takes. */
export interface CachesFigure {
  readonly caches: number;
  /** Requests of one listing, with a log of one record for each cache. */
  readonly requests: number;
  /** Milliseconds of one listing, and of judging it and of counting its bytes after that. */
  readonly survey: number;
  readonly judge: number;
  readonly usage: number;
  /** What the process's peak grew by, the registry in the same process included. Bytes. */
  readonly memory: number;
}

const caches = 500;
const layers = 60;
/** Of these each cache has the first ones; the rest are its own. */
const shared = 40;

/** Lists 500 caches of 60 layers each, and their logs, in the embedded registry. */
export async function benchCaches(): Promise<CachesFigure> {
  const root = await mkdtemp(join(tmpdir(), "lk-caches-"));
  let requests = 0;
  const registry = await startRegistry({ root, onLog: () => requests++ });
  await using client = new RegistryClient({ credentials: anonymous });
  try {
    const repository = { host: registry.host, path: "bench/cache" };
    const names = Array.from({ length: caches }, (_, at) => `app${at}`);
    const limit = createLimit(8);
    await Promise.all(names.map((name) => limit(() => fill(client, repository, name))));
    const legs = legTags(configOf({ variants: names.map((name) => variantOf(name)) }));
    await using reader = new RegistryClient({ credentials: anonymous });
    const peak = process.resourceUsage().maxRSS;
    const before = requests;
    const [survey, tags] = await timed(() => surveyRepository(reader, repository));
    const asked = requests - before;
    const [judge, judged] = await timed(() =>
      judgeTags(tags, legs, { now: Date.now(), hasCaches: true }),
    );
    const [usage, sums] = await timed(() => usageOf(tags, legs));
    if (judged.length !== 2 * caches || sums.legs.length !== caches) {
      throw new Error(`${judged.length} tags were listed, and ${sums.legs.length} legs`);
    }
    const memory = (process.resourceUsage().maxRSS - peak) * 1024;
    return { caches, requests: asked, survey, judge, usage, memory };
  } finally {
    await registry.close();
    await rm(root, { recursive: true, force: true });
  }
}

async function fill(
  client: RegistryClient,
  { host, path }: { readonly host: string; readonly path: string },
  name: string,
): Promise<void> {
  const texts = Array.from({ length: layers }, (_, at) =>
    at < shared ? `layer ${at}` : `layer ${at} of ${name}`,
  );
  const source = {
    openBlob: ({ digest }: { readonly digest: Digest }) =>
      Promise.resolve(Readable.from([texts.find((text) => digestOf(text) === digest) ?? ""])),
  };
  const tag = `cache-${name}-amd64`;
  await registryStore(client, { host, path, tag }).write(cacheOf(texts), source);
  const cache = `${host}/${path}:${tag}`;
  const record = buildRecord({
    leg: `${name}/linux/amd64`,
    startedAt: new Date().toISOString(),
    cache,
  });
  await appendToLog(client, `${host}/${path}:log-${name}-amd64`, record);
}

function cacheOf(texts: readonly string[]): CacheContent {
  const digests = texts.map((text) => digestOf(text));
  return {
    config: {
      layers: digests.map((blob, at) => ({ blob, parent: at - 1 })),
      records: digests.map((digest, at) => ({
        digest,
        layers: [{ layer: at }],
        chains: [],
        inputs: at === 0 ? [] : [[{ link: at - 1 }]],
      })),
    },
    blobs: new Map(
      digests.map((digest, at) => [
        digest,
        {
          mediaType: "application/vnd.oci.image.layer.v1.tar+gzip",
          digest,
          size: texts[at]?.length ?? 0,
          annotations: {
            "containerd.io/uncompressed": digest,
            "buildkit/createdat": "2026-11-27T00:00:00Z",
          },
        },
      ]),
    ),
  };
}

async function timed<T>(run: () => T | Promise<T>): Promise<readonly [number, T]> {
  const start = performance.now();
  const result = await run();
  return [performance.now() - start, result];
}
