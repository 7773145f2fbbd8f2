import { randomInt } from "node:crypto";
import { writeSync } from "node:fs";
import { type Digest, digestOf } from "../../src/oci/digest.ts";
import { parseManifest } from "../../src/oci/manifest.ts";
import { mediaTypes } from "../../src/oci/media-types.ts";
import { openStore, type Store, type StoreOptions } from "../../src/server/store/store.ts";
import { pushTo } from "./stores.ts";

/** Segments so small that they fill and are compacted all the time. */
export const writerOptions: StoreOptions = { segmentBytes: 60_000, leastDeadBytes: 2_000 };
export const writerRepositories = ["r0", "r1", "r2", "r3"];
export const writerTags = ["v1", "v2"];

/** What a step changes: a key such as `tag r0 v1`, and its new value; null where it goes. */
export type Effects = Readonly<Record<string, string | null>>;

/** Few, so that repositories share them and they come and go. Every fifth one is large. */
export const writerBlobs: readonly Buffer[] = Array.from({ length: 20 }, (_, id) =>
  Buffer.from(`blob ${id} `.repeat(id % 5 === 4 ? 8_000 : 1 + id * 40)),
);

export const writerImages: readonly { readonly digest: Digest; readonly bytes: Buffer }[] =
  Array.from({ length: 8 }, (_, id) => {
    const config = { mediaType: mediaTypes.ociConfig, digest: digestOf("{}"), size: 2 };
    const annotations = { id: String(id).repeat(1 + id * 300) };
    const image = {
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      config,
      layers: [],
      annotations,
    };
    const bytes = Buffer.from(JSON.stringify(image));
    return { digest: digestOf(bytes), bytes };
  });

/**
 * Changes a store at random until it is killed, one step after the other in each repository.
 * Says what each step is before it begins, and that it is done once the store says so.
 */
export async function writeUntilKilled(root: string): Promise<void> {
  const store = await openStore(root, Date.now, writerOptions);
  let steps = 0;
  const say = (line: string): void => void writeSync(1, `${line}\n`);
  say("ready");
  await Promise.all(
    writerRepositories.map(async (name) => {
      for (;;) {
        const { effects, run } = nextStep(store, name);
        const id = steps++;
        say(`try ${id} ${JSON.stringify(effects)}`);
        await run();
        say(`done ${id}`);
      }
    }),
  );
}

function nextStep(store: Store, name: string): { effects: Effects; run: () => Promise<unknown> } {
  const blob = pick(writerBlobs);
  const blobKey = `blob ${name} ${digestOf(blob)}`;
  const image = pick(writerImages);
  const imageKey = `manifest ${name} ${image.digest}`;
  const tag = pick(writerTags);
  switch (randomInt(10)) {
    case 0:
      return { effects: { [blobKey]: null }, run: () => store.blobs.remove(name, digestOf(blob)) };
    case 1:
      return {
        effects: { [imageKey]: null, ...untagged(store, name, image.digest) },
        run: () => store.manifests.remove(name, image.digest),
      };
    case 2:
      return {
        effects: { [`tag ${name} ${tag}`]: null },
        run: () => store.manifests.removeTag(name, tag),
      };
    case 3:
      return {
        effects: { [blobKey]: null, [imageKey]: null, ...untagged(store, name, image.digest) },
        run: () =>
          store.collect(() => [
            { repository: name, manifests: [image.digest], blobs: [digestOf(blob)] },
          ]),
      };
    case 4:
      return { effects: {}, run: () => store.compact() };
    case 5:
    case 6:
    case 7: {
      const { digest, bytes } = image;
      const content = parseManifest(bytes);
      const manifest = { digest, bytes, content, mediaType: content.mediaType, tag };
      return {
        effects: { [imageKey]: "yes", [`tag ${name} ${tag}`]: digest },
        run: () => store.putManifest(name, manifest, () => undefined),
      };
    }
    default:
      return { effects: { [blobKey]: "yes" }, run: () => pushTo(store, blob, name) };
  }
}

function untagged(store: Store, name: string, digest: Digest): Effects {
  const tags = writerTags.filter((tag) => store.manifests.resolve(name, tag) === digest);
  return Object.fromEntries(tags.map((tag) => [`tag ${name} ${tag}`, null]));
}

function pick<T>(list: readonly T[]): T {
  const item = list[randomInt(list.length)];
  if (item === undefined) throw new Error("there is nothing to pick");
  return item;
}
