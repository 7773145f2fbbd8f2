import * as fc from "fast-check";
import type { Repository } from "../../../src/oci/reference.ts";
import { copyManifestTree } from "../../../src/registry/copy.ts";
import { putBlob, putManifest } from "./direct.ts";
import type { Ground } from "./ground.ts";
import { Observer } from "./observer.ts";
import {
  calm,
  freshName,
  impatientClient,
  must,
  mustSucceed,
  trial,
  uploaded,
  type Weather,
  weathers,
} from "./trial.ts";
import { buildTree, pushTree, type Tree, type TreeSpec, treeSpecs } from "./trees.ts";

export interface CopyRun {
  readonly weather: Weather;
  readonly tree: TreeSpec;
  /** What the target's tag names before. */
  readonly older: TreeSpec | null;
  /** Within one registry, where blobs are mounted. */
  readonly sameHost: boolean;
  readonly referrers: boolean;
  /** Some of the blobs are in the target already. */
  readonly partly: boolean;
  /** Before this request the source's tag moves to something else. */
  readonly movedAt: number | null;
}

export const copyRuns: fc.Arbitrary<CopyRun> = fc.record({
  weather: weathers,
  tree: treeSpecs,
  older: fc.option(treeSpecs, { freq: 1 }),
  sameHost: fc.boolean(),
  referrers: fc.boolean(),
  partly: fc.boolean(),
  movedAt: fc.option(fc.nat(20), { freq: 1 }),
});

const tag = "v1";

/** A tree is copied and tagged in bad weather, and once more when it is over. */
export async function copyRun(ground: Ground, run: CopyRun): Promise<void> {
  const { weather } = run;
  const name = freshName();
  const [to] = ground.hosts;
  const from = ground.hosts[run.sameHost ? 0 : 1];
  const paths = { source: `${name}/source`, target: `${name}/target` };
  const tree = buildTree(run.tree, "new", ground.isOurs);
  const older = run.older && buildTree(run.older, "old", ground.isOurs);
  const put = (): Promise<void> => pushTree(from, paths.source, tree, tag);
  await put();
  if (!ground.isOurs) await listByTags(from, paths.source, tree);
  if (older !== null) await pushTree(to, paths.target, older, tag);
  if (run.partly) await putHalf(to, paths.target, tree);

  const allowed = [...(older === null ? [] : [older.root.digest]), tree.root.digest];
  const observer = new Observer(to, paths.target, new Map([[tag, allowed]]), ground.looks);
  const repositories = {
    source: { host: ground.proxies[run.sameHost ? 0 : 1].host, path: paths.source },
    target: { host: ground.proxies[0].host, path: paths.target },
  };
  const moved = buildTree(run.older ?? { pool: [10], root: other }, "moved", ground.isOurs);
  const event =
    run.movedAt === null
      ? undefined
      : { at: run.movedAt, act: () => pushTree(from, paths.source, moved, tag) };

  const copy = (): Promise<void> => copyAndTag(repositories, tree, run.referrers);
  const complete = async (withReferrers: boolean): Promise<void> => {
    const named = await observer.digestOf(tag);
    must(named === tree.root.digest, `${tag} names ${named} and not ${tree.root.digest}`);
    await observer.look({ fresh: true });
    for (const { digest } of withReferrers ? tree.referrers : []) {
      must(await observer.isWhole(digest), `the referrer ${digest} is not whole`);
    }
  };

  const failure = await trial(ground, { weather, observers: [observer], event }, copy);
  const isHindered = weather.share > 0 || (ground.isOurs && !weather.lease);
  if (!isHindered) mustSucceed(failure, "a copy that nothing was in the way of");
  if (failure === undefined) await complete(run.referrers && weather.lease);

  // What the tag moved away from may be gone: the source is as it was.
  await put();
  const digests = [...tree.blobs.keys()];
  const there = await Promise.all(digests.map((digest) => observer.hasBlob(digest)));
  const beside = { weather: calm(weather), observers: [observer] };
  const [proxy] = ground.proxies;
  let mark = proxy.seen.length;
  mustSucceed(await trial(ground, beside, copy), "a copy after the faults");
  await complete(run.referrers);
  const again = uploaded(proxy.seen.slice(mark), paths.target).filter(
    (digest) => there[digests.findIndex((each) => each === digest)] === true,
  );
  must(again.length === 0, `${again.join(", ")} was there and was sent again`);

  mark = proxy.seen.length;
  mustSucceed(await trial(ground, beside, copy), "a copy of what is there");
  const sent = uploaded(proxy.seen.slice(mark), paths.target);
  must(sent.length === 0, `${sent.join(", ")} was sent though all was there`);
  await complete(run.referrers);
}

const other = {
  kind: "image",
  ...{ layers: [0], docker: false, foreign: false, attested: false, sha512: false, referrers: 0 },
} as const;

async function copyAndTag(
  { source, target }: { readonly source: Repository; readonly target: Repository },
  { root, manifests }: Tree,
  referrers: boolean,
): Promise<void> {
  await using client = impatientClient();
  await copyManifestTree(client, { ...source, digest: root.digest }, target, { referrers });
  const top = manifests.find(({ digest }) => digest === root.digest);
  if (top === undefined) throw new Error("a tree has a root");
  await client.putManifest(target, { bytes: top.bytes, mediaType: top.mediaType, tag });
}

async function putHalf(host: string, path: string, { blobs }: Tree): Promise<void> {
  const half = [...blobs].slice(0, Math.ceil(blobs.size / 2));
  await Promise.all(half.map(([digest, bytes]) => putBlob(host, path, digest, bytes)));
}

/** The lists of referrers, for a registry that keeps none: OCI distribution spec 1.1. */
async function listByTags(host: string, path: string, tree: Tree): Promise<void> {
  for (const subject of new Set(tree.referrers.map((each) => each.subject))) {
    const manifests = tree.referrers
      .filter((each) => each.subject === subject)
      .map(({ digest }) => {
        const found = tree.manifests.find((manifest) => manifest.digest === digest);
        return { mediaType: found?.mediaType, digest, size: found?.bytes.length };
      });
    const mediaType = "application/vnd.oci.image.index.v1+json";
    const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, manifests }));
    await putManifest(host, path, subject.replace(":", "-"), { bytes, mediaType });
  }
}
