import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Digest, digestOf, hexOf } from "../../oci/digest.ts";
import { parseManifest } from "../../oci/manifest.ts";
import { mediaTypes } from "../../oci/media-types.ts";
import type { RepositoryView } from "../collection/view.ts";
import { openStore, type Store } from "./store.ts";
import { pushTo } from "../../../test/support/stores.ts";

/** Small, so that a few dozen steps fill several segments. */
const options = { segmentBytes: 2_000, leastDeadBytes: 1 };
const repositories = ["app", "acme/app"];
const contents = [
  ...Array.from({ length: 4 }, (_, i) => `blob ${i} ${"x".repeat(i * 150)}`),
  "y".repeat(70_000),
].map((text) => Buffer.from(text));
const images = Array.from({ length: 4 }, (_, id) => manifestOf(id));
const tags = ["v1", "v2", "V1"];

let root = "";
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "layerkeep-properties-"));
});
afterEach(() => rm(root, { recursive: true, force: true }));

function manifestOf(id: number): { digest: Digest; bytes: Buffer; subject: Digest | undefined } {
  const config = { mediaType: mediaTypes.ociConfig, digest: digestOf("{}"), size: 2 };
  const subject = { mediaType: mediaTypes.ociManifest, digest: digestOf("subject"), size: 7 };
  const annotations = { id: "i".repeat(id * 100) };
  const image = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config,
    layers: [],
    annotations,
  };
  const bytes = Buffer.from(JSON.stringify(id % 2 === 0 ? image : { ...image, subject }));
  return { digest: digestOf(bytes), bytes, subject: id % 2 === 0 ? undefined : subject.digest };
}

type Step =
  | { readonly kind: "push"; readonly name: string; readonly content: number }
  | {
      readonly kind: "mount";
      readonly name: string;
      readonly from: string;
      readonly content: number;
    }
  | {
      readonly kind: "put";
      readonly name: string;
      readonly image: number;
      readonly tag: string | undefined;
    }
  | { readonly kind: "untag"; readonly name: string; readonly tag: string }
  | { readonly kind: "remove"; readonly name: string; readonly image: number }
  | { readonly kind: "removeBlob"; readonly name: string; readonly content: number }
  | {
      readonly kind: "collect";
      readonly images: readonly number[];
      readonly contents: readonly number[];
    }
  | { readonly kind: "compact" | "restart" };

const name = fc.constantFrom(...repositories);
const tag = fc.constantFrom(...tags);
const image = fc.nat({ max: images.length - 1 });
const content = fc.nat({ max: contents.length - 1 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("push" as const), name, content }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("mount" as const), name, from: name, content }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("put" as const),
      name,
      image,
      tag: fc.option(tag, { nil: undefined }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("untag" as const), name, tag }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("remove" as const), name, image }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("removeBlob" as const), name, content }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("collect" as const),
      images: fc.uniqueArray(image),
      contents: fc.uniqueArray(content),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constantFrom("compact" as const, "restart" as const) }),
  },
);

/** A minimal model of what a repository has. */
interface Model {
  readonly blobs: Set<Digest>;
  readonly manifests: Set<Digest>;
  readonly tags: Map<string, Digest>;
}

test("a store matches its history, even if it is reopened and compacted in between", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      await rm(root, { recursive: true, force: true });
      const model = new Map<string, Model>();
      let store = await openStore(root, Date.now, options);
      try {
        for (const one of steps) {
          applyTo(model, one);
          if (one.kind === "restart") {
            await store.close();
            store = await openStore(root, Date.now, options);
          } else {
            await run(store, one);
          }
        }
        await expectSame(store, model);
        await store.close();
        store = await openStore(root, Date.now, options);
        await expectSame(store, model);
        await store.compact();
        await expectSame(store, model);
      } finally {
        await store.close();
      }
    }),
    { numRuns: 150 },
  );
}, 120_000);

test("concurrent steps have the result of some sequential order, also after a restart", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      await rm(root, { recursive: true, force: true });
      let store = await openStore(root, Date.now, options);
      try {
        const taken = steps.filter(({ kind }) => kind !== "restart");
        await Promise.all(taken.map((one) => run(store, one)));
        const before = await stateOf(store);
        for (const { name: repository, tags: named, manifests } of before) {
          // A tag never exists without its manifest.
          const known = manifests.map(({ digest }) => digest);
          for (const digest of named.values()) expect(known, repository).toContain(digest);
        }
        await expectReadable(store, before);
        await store.close();
        store = await openStore(root, Date.now, options);
        expect(await stateOf(store)).toEqual(before);
        await expectReadable(store, before);
      } finally {
        await store.close();
      }
    }),
    { numRuns: 150 },
  );
}, 120_000);

async function run(store: Store, one: Step): Promise<void> {
  switch (one.kind) {
    case "push":
      await pushTo(store, contentAt(one.content), one.name);
      return;
    case "mount":
      await store.mount(one.name, digestOf(contentAt(one.content)), one.from);
      return;
    case "put": {
      const { digest, bytes } = imageAt(one.image);
      const parsed = parseManifest(bytes);
      const manifest = {
        digest,
        bytes,
        content: parsed,
        mediaType: parsed.mediaType,
        tag: one.tag,
      };
      return store.putManifest(one.name, manifest, () => undefined);
    }
    case "untag":
      await store.manifests.removeTag(one.name, one.tag);
      return;
    case "remove":
      await store.manifests.remove(one.name, imageAt(one.image).digest);
      return;
    case "removeBlob":
      await store.blobs.remove(one.name, digestOf(contentAt(one.content)));
      return;
    case "collect":
      await store.collect((views) =>
        views.map((view) => ({
          repository: view.name,
          manifests: one.images.map((index) => imageAt(index).digest),
          blobs: one.contents.map((index) => digestOf(contentAt(index))),
        })),
      );
      return;
    case "compact":
      return store.compact();
    case "restart":
      return;
  }
}

function applyTo(model: Map<string, Model>, one: Step): void {
  if (one.kind === "collect") {
    for (const repository of model.values()) {
      for (const index of one.images) removeManifest(repository, imageAt(index).digest);
      for (const index of one.contents) repository.blobs.delete(digestOf(contentAt(index)));
    }
  }
  if (!("name" in one)) return;
  const known = model.get(one.name);
  const repository = known ?? { blobs: new Set(), manifests: new Set(), tags: new Map() };
  const keep = (): unknown => model.set(one.name, repository);
  switch (one.kind) {
    case "push":
      keep();
      repository.blobs.add(digestOf(contentAt(one.content)));
      return;
    case "mount": {
      const digest = digestOf(contentAt(one.content));
      if (model.get(one.from)?.blobs.has(digest) !== true) return;
      keep();
      repository.blobs.add(digest);
      return;
    }
    case "put":
      keep();
      repository.manifests.add(imageAt(one.image).digest);
      if (one.tag !== undefined) repository.tags.set(one.tag, imageAt(one.image).digest);
      return;
    case "untag":
      repository.tags.delete(one.tag);
      return;
    case "remove":
      removeManifest(repository, imageAt(one.image).digest);
      return;
    case "removeBlob":
      repository.blobs.delete(digestOf(contentAt(one.content)));
  }
}

function removeManifest(repository: Model, digest: Digest): void {
  repository.manifests.delete(digest);
  for (const [named, target] of repository.tags) {
    if (target === digest) repository.tags.delete(named);
  }
}

async function expectSame(store: Store, model: Map<string, Model>): Promise<void> {
  const state = await stateOf(store);
  const expected = [...model].sort(([a], [b]) => (a < b ? -1 : 1));
  expect(state.map(({ name: repository }) => repository)).toEqual(expected.map(([key]) => key));
  for (const [index, [, repository]] of expected.entries()) {
    const actual = state[index];
    expect(new Set(actual?.blobs.map(({ digest }) => digest))).toEqual(repository.blobs);
    expect(new Set(actual?.manifests.map(({ digest }) => digest))).toEqual(repository.manifests);
    expect(actual?.tags).toEqual(new Map([...repository.tags].sort()));
    expect(actual?.referrers).toEqual(
      images
        .flatMap(({ digest, subject }) =>
          subject !== undefined && repository.manifests.has(digest) ? [digest] : [],
        )
        .sort(),
    );
  }
  await expectReadable(store, state);
  // A file exists as long as some repository has its blob.
  const large = [...model.values()].some(({ blobs }) => blobs.has(digestOf(contentAt(4))));
  const files = await readdir(join(root, "blobs/sha256")).catch(() => []);
  expect(files).toEqual(large ? [hexOf(digestOf(contentAt(4)))] : []);
}

interface State extends Pick<RepositoryView, "name"> {
  readonly blobs: readonly { readonly digest: Digest; readonly size: number }[];
  readonly manifests: readonly { readonly digest: Digest; readonly parts: unknown }[];
  readonly tags: ReadonlyMap<string, Digest | undefined>;
  readonly referrers: readonly Digest[];
}

async function stateOf(store: Store): Promise<readonly State[]> {
  let views: readonly RepositoryView[] = [];
  await store.collect((seen) => {
    views = seen;
    return [];
  });
  const byDigest = (a: { digest: Digest }, b: { digest: Digest }): number =>
    a.digest < b.digest ? -1 : 1;
  return views.map(({ name: repository, blobs, manifests }) => ({
    name: repository,
    blobs: blobs.map(({ digest, size, writtenAt }) => ({ digest, size, writtenAt })).sort(byDigest),
    manifests: manifests
      .map(({ digest, parts, subject }) => ({ digest, parts, subject }))
      .sort(byDigest),
    tags: new Map(
      store.manifests
        .tags(repository)
        .map((key) => [key, store.manifests.resolve(repository, key)]),
    ),
    referrers: store.manifests.referrers(repository, digestOf("subject")),
  }));
}

/** Everything that it claims to have can be read, and is correct. */
async function expectReadable(store: Store, state: readonly State[]): Promise<void> {
  for (const { name: repository, blobs, manifests } of state) {
    for (const { digest } of blobs) {
      const found = store.blobs.find(repository, digest);
      if (found === undefined) throw new Error(`${repository} has no ${digest}`);
      const source = store.blobs.read(found);
      expect(digestOf(typeof source === "string" ? await readFile(source) : source)).toBe(digest);
    }
    for (const { digest } of manifests) {
      expect(digestOf(store.manifests.find(repository, digest)?.bytes ?? "")).toBe(digest);
    }
  }
}

function contentAt(index: number): Buffer {
  return contents[index] ?? Buffer.alloc(0);
}

function imageAt(index: number): ReturnType<typeof manifestOf> {
  const found = images[index];
  if (found === undefined) throw new Error(`there is no image ${index}`);
  return found;
}
