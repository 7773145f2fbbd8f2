import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { RegistryError, UsageError } from "../../errors.ts";
import { digestOf } from "../../oci/digest.ts";
import { parseManifest } from "../../oci/manifest.ts";
import { mediaTypes } from "../../oci/media-types.ts";
import { startRegistry } from "../start.ts";
import { openStore } from "../store/store.ts";
import { collectRoot, type CollectRootOptions } from "./collect-root.ts";

const hour = 3_600_000;
const putAt = 1_000_000;
let scratch = "";
let root = "";

beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), "layerkeep-collect-root-"));
  root = join(scratch, "registry");
});
afterEach(() => rm(scratch, { recursive: true, force: true }));

const collect = (options: Partial<CollectRootOptions> = {}) =>
  collectRoot({
    root,
    policy: "untagged",
    graceMs: 24 * hour,
    dryRun: false,
    now: () => putAt + 24 * hour,
    ...options,
  });

/** A registry with a tagged and an untagged index. */
async function fill(): Promise<{ readonly gone: ReturnType<typeof digestOf>; bytes: number }> {
  const store = await openStore(root, () => putAt);
  const content = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [] };
  const [kept, gone] = ["kept", "gone"].map((id) =>
    Buffer.from(JSON.stringify({ ...content, annotations: { id } })),
  );
  for (const [bytes, tag] of [
    [kept, "v1"],
    [gone, undefined],
  ] as const) {
    if (bytes === undefined) continue;
    const parsed = parseManifest(bytes);
    const digest = digestOf(bytes);
    const manifest = { digest, bytes, content: parsed, mediaType: parsed.mediaType, tag };
    await store.putManifest("app", manifest, () => undefined);
  }
  await store.close();
  return { gone: digestOf(gone ?? ""), bytes: gone?.length ?? 0 };
}

async function refusal(options: Partial<CollectRootOptions> = {}) {
  const error: unknown = await collect(options).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof UsageError)) throw new Error(`not refused: ${String(error)}`);
  return { message: error.message, hint: error.hint };
}

it("previews a deletion, then deletes, and then finds nothing more", async () => {
  const { gone, bytes } = await fill();
  const all = {
    collected: [{ repository: "app", manifests: [gone], blobs: [], bytes }],
    spared: { manifests: 0, blobs: 0 },
  };
  expect(await collect({ dryRun: true })).toEqual(all);
  expect(await collect()).toEqual(all);
  expect(await collect()).toEqual({ ...all, collected: [] });
  const store = await openStore(root);
  expect(store.manifests.has("app", gone)).toBe(false);
  expect(store.manifests.resolve("app", "v1")).toBeDefined();
  await store.close();
});

it("keeps and reports what was pushed within the grace", async () => {
  await fill();
  const now = (): number => putAt + 24 * hour - 1;
  const left = { collected: [], spared: { manifests: 1, blobs: 0 } };
  expect(await collect({ now })).toEqual(left);
  expect(await collect({ now, dryRun: true })).toEqual(left);
  expect((await collect({ now, graceMs: 0 })).spared).toEqual({ manifests: 0, blobs: 0 });
});

it("releases the root, even if it deletes nothing", async () => {
  await fill();
  await collect({ dryRun: true });
  await using registry = await startRegistry({ root });
  expect(registry.url).toMatch(/^http:/);
});

it("refuses a missing folder, and does not create it", async () => {
  expect(await refusal()).toEqual({
    message: `folder not found: ${root}`,
    hint: "pass the folder that `layerkeep registry serve --root` uses",
  });
  expect(await readdir(scratch)).toEqual([]);
});

it.each(["a folder of other things", "a file"])("refuses %s, and writes nothing", async (what) => {
  const path = join(scratch, "other");
  if (what === "a file") await writeFile(path, "");
  else await mkdir(join(path, "blobs"), { recursive: true });
  expect((await refusal({ root: path })).message).toBe(
    what === "a file"
      ? `folder not found: ${path}`
      : `${path} is not empty and is not a registry folder: it contains blobs`,
  );
  if (what !== "a file") expect(await readdir(path)).toEqual(["blobs"]);
});

it("refuses a root that a server has open, and says what to do", async () => {
  await using registry = await startRegistry({ root });
  expect(await refusal()).toEqual({
    message: `${root} is in use by another registry, process ${process.pid}`,
    hint: "stop that registry first, or have it collect automatically: layerkeep registry serve --collect untagged",
  });
  expect((await fetch(`${registry.url}/v2/`)).status).toBe(200);
});

it("reports a disk failure as a registry error", async () => {
  await fill();
  const error: unknown = await collect({
    now: () => {
      throw new Error("EIO: i/o error");
    },
  }).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(RegistryError);
  expect(error).toMatchObject({ message: `collect ${root}: EIO: i/o error` });
});
