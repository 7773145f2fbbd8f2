import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { collectCncfGarbage, startCncfRegistry } from "../../scripts/engine/cncf-registry.ts";
import { registryStore } from "../../src/cache/store/registry-store.ts";
import { verifyCache } from "../../src/cache/use/verify.ts";
import type { Digest } from "../../src/oci/digest.ts";
import { appendToLog } from "../../src/pipeline/records/append-to-log.ts";
import { chooseRemovals } from "../../src/pipeline/caches/choose-removals.ts";
import { judgeTags } from "../../src/pipeline/caches/judge-tags.ts";
import { legTags } from "../../src/pipeline/caches/leg-tags.ts";
import { removeTags } from "../../src/pipeline/caches/remove-tags.ts";
import { surveyRepository } from "../../src/pipeline/caches/survey.ts";
import { anonymous } from "../../src/registry/auth/credentials.ts";
import { createTransport, RegistryClient } from "../../src/registry/client.ts";
import { chooseRemover } from "../../src/registry/deletion/choose.ts";
import { startRegistry } from "../../src/server/start.ts";
import { configOf, variantOf } from "../support/configs.ts";
import { countSteps } from "../support/count-steps.ts";
import { testEngine } from "../support/engine.ts";
import { type PrivateEngine, startPrivateEngine } from "../support/private-engine.ts";
import { buildRecord } from "../support/records.ts";

/** Live, stale and orphaned caches that share blobs, pruned, and what is left imported again. */

const { buildx, baseImage } = testEngine();
const dayMs = 86_400_000;
let own: PrivateEngine;
let dir: string;

beforeAll(async () => {
  own = await startPrivateEngine();
  dir = await mkdtemp(join(tmpdir(), "layerkeep-prune-"));
});
afterAll(async () => {
  await own[Symbol.asyncDispose]();
  await rm(dir, { recursive: true, force: true });
});

/** Two steps that all have, and one of its own. */
async function build(name: string, ...flags: string[]): Promise<ReturnType<typeof countSteps>> {
  const file = join(dir, `${name}.Dockerfile`);
  const lines = [
    `FROM ${baseImage.reference}`,
    "RUN head -c 200000 /dev/urandom > /shared",
    "RUN echo shared > /more",
    `RUN head -c 100000 /dev/urandom > /${name}`,
  ];
  await writeFile(file, `${lines.join("\n")}\n`);
  const args = ["build", "--progress=rawjson", `--file=${file}`, ...flags, dir];
  const { stderr } = await promisify(execFile)(buildx, args, {
    env: { ...process.env, ...own.env },
    maxBuffer: 16 << 20,
  });
  return countSteps(stderr);
}

interface Kind {
  readonly name: string;
  /** A registry, and how to have it free what nothing leads to; it may move to another port. */
  readonly start: (root: string) => Promise<Running>;
}

interface Running extends AsyncDisposable {
  readonly host: string;
  collect(): Promise<Running>;
}

const kinds: readonly Kind[] = [
  { name: "the CNCF registry", start: startCncf },
  {
    name: "the embedded registry",
    async start(root) {
      const registry = await startRegistry({ root });
      const running: Running = {
        host: registry.host,
        async collect() {
          await registry.collect({ policy: "untagged", graceMs: 0, leaseMs: 0 });
          return running;
        },
        [Symbol.asyncDispose]: () => registry.close(),
      };
      return running;
    },
  },
];

async function startCncf(root: string): Promise<Running> {
  const registry = await startCncfRegistry({ root });
  return {
    host: registry.host,
    async collect() {
      await registry.stop();
      await collectCncfGarbage(root);
      return startCncf(root);
    },
    [Symbol.asyncDispose]: () => registry.stop(),
  };
}

describe.each(kinds)("pruning a repository in $name", ({ start }) => {
  it("removes what it should, and leaves every kept cache importable", async () => {
    const root = await mkdtemp(join(tmpdir(), "layerkeep-pruned-"));
    const first = await start(root);
    const path = "acme/cache";
    const repository = { host: first.host, path };
    await using client = new RegistryClient({ credentials: anonymous });
    const at = `${first.host}/${path}`;
    const names = ["live", "other", "stale", "orphan"];
    for (const name of names) {
      await build(
        name,
        `--cache-to=type=registry,ref=${at}:cache-${name}-amd64,mode=max,image-manifest=true`,
      );
    }
    // An index that somebody published beside the caches holds one of them as its child.
    await build("image", `--tag=${at}:published`, "--push");
    const now = Date.now() + 40 * dayMs;
    for (const name of ["live", "other"]) {
      const used = buildRecord({
        leg: `${name}/linux/amd64`,
        startedAt: new Date(now - 2 * dayMs).toISOString(),
        cache: `${at}:cache-${name}-amd64`,
      });
      await appendToLog(client, `${at}:log-${name}-amd64`, used);
    }
    const variants = ["live", "other", "stale"].map((name) => variantOf(name));
    const legs = legTags(configOf({ variants }));
    const policy = {
      orphaned: 7 * dayMs,
      unused: 30 * dayMs,
      legs: 1,
      maxSize: undefined,
      grace: dayMs,
    };
    const tags = await surveyRepository(client, repository);
    const removals = chooseRemovals(
      tags,
      judgeTags(tags, legs, { now, hasCaches: true }),
      policy,
      now,
    );
    expect(removals.chosen.map(({ tag }) => tag).sort()).toEqual([
      "cache-orphan-amd64",
      "cache-stale-amd64",
    ]);
    const transport = createTransport({ credentials: anonymous });
    const remover = chooseRemover(repository, { transport });
    const removed = await removeTags(client, remover, repository, removals);
    transport.close();
    expect(removed).toMatchObject({ refused: [], deleted: { length: 2 } });
    await using registry = await first.collect();

    const left = await client.listTags({ host: registry.host, path });
    expect([...left].sort()).toEqual([
      "cache-live-amd64",
      "cache-other-amd64",
      "log-live-amd64",
      "log-other-amd64",
      "published",
    ]);
    const goneBlobs = ownBlobs(tags, ["cache-orphan-amd64", "cache-stale-amd64"]);
    expect(goneBlobs.length).toBeGreaterThan(0);
    for (const digest of goneBlobs) {
      expect(await client.headBlob({ host: registry.host, path }, digest)).toBeUndefined();
    }
    for (const name of ["live", "other"]) {
      const reference = { host: registry.host, path, tag: `cache-${name}-amd64` };
      const kept = registryStore(client, reference);
      expect((await verifyCache(kept, { deep: true })).problems).toEqual([]);
      await own.engine.emptyCache();
      expect(await build(name, `--cache-from=${kept.name}`)).toEqual({ done: 3, cached: 3 });
    }
    await own.engine.emptyCache();
    await promisify(execFile)("docker", ["pull", `${registry.host}/${path}:published`], {
      env: { ...process.env, ...own.env },
    });
    await rm(root, { recursive: true, force: true });
  });
});

/** What only these lead to. */
function ownBlobs(
  tags: Awaited<ReturnType<typeof surveyRepository>>,
  names: readonly string[],
): readonly Digest[] {
  const kept = new Set(
    tags
      .filter(({ tag }) => !names.includes(tag))
      .flatMap(({ content }) => content.map(({ digest }) => digest)),
  );
  return tags
    .filter(({ tag }) => names.includes(tag))
    .flatMap(({ content, digest: manifest }) =>
      content.map(({ digest }) => digest).filter((it) => it !== manifest && !kept.has(it)),
    );
}
