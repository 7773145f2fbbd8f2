import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import type * as files from "node:fs/promises";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { digestOf, hexOf } from "../../oci/digest.ts";

/** What is called before a path is removed: a power cut may come right after it. */
const watched = vi.hoisted(() => ({ remove: undefined as ((path: string) => void) | undefined }));
vi.mock("node:fs/promises", async (original) => {
  const real = await original<typeof files>();
  return {
    ...real,
    rm: async (path: string, options: { readonly force?: boolean }) => {
      watched.remove?.(path);
      await real.rm(path, options);
    },
  };
});

test("a blob that the journal does not name has its second link for as long as it has its name", async () => {
  // Another test file of this process may have loaded it with the real `rm`.
  vi.resetModules();
  const { openStore } = await import("./store.ts");
  const root = await mkdtemp(join(tmpdir(), "layerkeep-claim-"));
  const store = await openStore(root, Date.now, { onWarning: () => undefined });
  const content = randomBytes(1 << 20);
  const digest = digestOf(content);
  const upload = store.uploads.once("app", digest);
  await upload.file.append(one(content));
  await upload.file.seal(digest);
  await store.close();
  const placed = join(root, "blobs/sha256", hexOf(digest));
  const removed: string[] = [];
  watched.remove = (path) => {
    removed.push(path);
    expect(existsSync(placed)).toBe(false);
  };
  await expect(store.commit(upload, digest)).rejects.toThrow("shutting down");
  expect(removed).not.toEqual([]);
  watched.remove = undefined;
  await rm(root, { recursive: true });
});

async function* one(content: Uint8Array): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(content);
}
