import { randomBytes } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Digest, digestOf, hexOf } from "../../../oci/digest.ts";
import { parseManifest } from "../../../oci/manifest.ts";
import { mediaTypes } from "../../../oci/media-types.ts";
import { startScrubber } from "../../scrubber.ts";
import type { ScrubOptions } from "./scrub.ts";
import { openStore, type Store } from "../store.ts";
import { pushTo } from "../../../../test/support/stores.ts";

let root = "";
let store: Store;
let warnings: string[] = [];
const onWarning = (line: string): void => void warnings.push(line);
const freely: ScrubOptions = {
  pause: () => Promise.resolve(),
  signal: new AbortController().signal,
};

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "layerkeep-scrub-"));
  warnings = [];
  store = await openStore(root, Date.now, { onWarning });
});
afterEach(async () => {
  await store.close();
  await rm(root, { recursive: true, force: true });
});

const push = (content: Uint8Array, name?: string): Promise<Digest> => pushTo(store, content, name);

const pathOf = (digest: Digest): string => join(root, "blobs/sha256", hexOf(digest));
const has = (digest: Digest): boolean => store.blobs.find("app", digest) !== undefined;

/** Changes bytes like a decaying disk: length and time stay the same. */
async function decay(path: string, at: number): Promise<void> {
  const { atime, mtime } = await stat(path);
  const bytes = await readFile(path);
  bytes.writeUInt8(bytes.readUInt8(at) ^ 0x10, at);
  await writeFile(path, bytes);
  await utimes(path, atime, mtime);
}

test("sound content stays, and all of it is read", async () => {
  const contents = [randomBytes(100_000), randomBytes(300), randomBytes(3_000_000)];
  const digests: Digest[] = [];
  for (const content of contents) digests.push(await push(content));
  const { bytes, damaged } = await store.scrub(freely);
  expect([damaged, warnings]).toEqual([[], []]);
  expect(bytes).toBeGreaterThan(3_100_300);
  expect(digests.every(has)).toBe(true);
});

test("a file whose bytes changed is set aside and not served until it is pushed again", async () => {
  const [content, other] = [randomBytes(100_000), randomBytes(100_000)];
  const [digest, kept] = [await push(content), await push(other)];
  await decay(pathOf(digest), 50_000);
  expect(has(digest)).toBe(true);
  expect((await store.scrub(freely)).damaged).toEqual([digest]);
  expect([has(digest), has(kept)]).toEqual([false, true]);
  expect(warnings).toEqual([
    expect.stringMatching(
      new RegExp(
        `^the stored file of ${digest} in app is damaged: its digest is sha256:[0-9a-f]{64}. Push the blob again to repair it$`,
      ),
    ),
  ]);
  expect(await readdir(join(root, "set-aside/blobs/sha256"))).toEqual([hexOf(digest)]);
  await push(content);
  expect(has(digest)).toBe(true);
  expect((await store.scrub(freely)).damaged).toEqual([]);
});

test("a damaged content in the journal is not served, and the warning says what to do", async () => {
  const [first, second] = [randomBytes(400), randomBytes(400)];
  const [digest, kept] = [await push(first), await push(second)];
  const segment = join(root, "journal/0000000001");
  await decay(segment, (await readFile(segment)).indexOf(first) + 7);
  expect((await store.scrub(freely)).damaged).toEqual([digest]);
  expect([has(digest), has(kept)]).toEqual([false, true]);
  expect(warnings).toEqual([
    expect.stringMatching(
      /journal\/0000000001 is damaged at byte \d+: stop the registry and run `layerkeep registry check --repair`, or the registry will not start again$/,
    ),
    `${digest} in app is damaged. Push it again to repair it`,
  ]);
  await push(first);
  const found = store.blobs.find("app", digest);
  expect(found && store.blobs.read(found)).toEqual(first);
});

test("a blob that is pushed again while it is read is kept", async () => {
  const content = randomBytes(3_000_000);
  const digest = await push(content);
  await decay(pathOf(digest), 10);
  let isPushed = false;
  const pause = async (): Promise<void> => {
    if (!isPushed) await push(content);
    isPushed = true;
  };
  expect((await store.scrub({ ...freely, pause })).damaged).toEqual([]);
  expect([isPushed, has(digest)]).toEqual([true, true]);
});

test("an aborted scrub reports nothing about what it did not read", async () => {
  const digest = await push(randomBytes(3_000_000));
  await decay(pathOf(digest), 10);
  const ending = new AbortController();
  const pause = (): Promise<void> => {
    ending.abort();
    return Promise.resolve();
  };
  expect((await store.scrub({ pause, signal: ending.signal })).damaged).toEqual([]);
  expect([has(digest), warnings]).toEqual([true, []]);
});

test("a damaged file that was set aside does not come back after a restart", async () => {
  const digest = await push(randomBytes(100_000));
  await decay(pathOf(digest), 50_000);
  await store.scrub(freely);
  await store.close();
  store = await openStore(root, Date.now, { onWarning });
  expect(has(digest)).toBe(false);
});

test("a manifest that was lost and pushed again is deleted with its tag", async () => {
  const config = Buffer.from("{}");
  await push(config);
  const bytes = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      config: { mediaType: mediaTypes.ociConfig, digest: digestOf(config), size: 2 },
      layers: [],
      annotations: { seed: "to be damaged" },
    }),
  );
  const [digest, content] = [digestOf(bytes), parseManifest(bytes)];
  const manifest = { digest, bytes, mediaType: mediaTypes.ociManifest, content, tag: "v1" };
  await store.putManifest("app", manifest, () => undefined);
  const path = join(root, "journal/0000000001");
  await decay(path, (await readFile(path)).indexOf("to be damaged"));
  expect((await store.scrub(freely)).damaged).toEqual([digest]);
  await store.putManifest("app", manifest, () => undefined);
  await store.manifests.remove("app", digest);
  expect(store.manifests.tags("app")).toEqual([]);
});

test("it runs when the last one is long enough ago, also across restarts", async () => {
  const digest = await push(randomBytes(100_000));
  let time = 1_000_000;
  const look = async (): Promise<void> => {
    const scrubber = startScrubber(store, { root, everyMs: 1_000, now: () => time, onWarning });
    await scrubber.look();
    await scrubber.stop();
  };
  await look();
  await decay(pathOf(digest), 10);
  time += 999;
  await look();
  expect(has(digest)).toBe(true);
  time += 1;
  await look();
  expect(has(digest)).toBe(false);
  expect(warnings.at(-1)).toBe(
    "damaged blobs and manifests (not served until you push them again): 1",
  );
  expect(await readFile(join(root, "last-scrub"), "utf8")).toBe("1001000");
});
