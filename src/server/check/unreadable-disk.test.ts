import { randomBytes } from "node:crypto";
import type * as files from "node:fs/promises";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { type Digest, digestOf, hexOf } from "../../oci/digest.ts";
import { pushTo } from "../../../test/support/stores.ts";

/** Simulates a disk that can no longer read a file. */
const bad = vi.hoisted(() => ({ path: "" }));
vi.mock("node:fs/promises", async (original) => {
  const real = await original<typeof files>();
  return {
    ...real,
    open: async (path: string, ...rest: []) => {
      const handle = await real.open(path, ...rest);
      const error = Object.assign(new Error("EIO: i/o error, read"), { code: "EIO" });
      if (path === bad.path) handle.read = () => Promise.reject(error);
      return handle;
    },
  };
});

test("a file that the disk cannot read counts as damaged, and all others are read", async () => {
  // Another test file of this process may have loaded them with the real `open`.
  vi.resetModules();
  const { openStore } = await import("../store/store.ts");
  const { checkRoot } = await import("./check-root.ts");
  const root = await mkdtemp(join(tmpdir(), "layerkeep-unreadable-"));
  const warnings: string[] = [];
  const onWarning = (line: string): void => void warnings.push(line);
  const store = await openStore(root, Date.now, { onWarning });
  const digests: Digest[] = [];
  for (let count = 0; count < 3; count++) {
    digests.push(await pushTo(store, randomBytes(100_000)));
  }
  const [first = digestOf("")] = digests;
  bad.path = join(root, "blobs/sha256", hexOf(first));
  const check = () => checkRoot({ root, repair: false, now: Date.now, onWarning });
  const signal = new AbortController().signal;
  const scrubbed = await store.scrub({ pause: () => Promise.resolve(), signal });
  await store.close();
  expect(scrubbed.damaged).toEqual([first]);
  expect(warnings[0]).toContain("is damaged: the disk cannot read it (EIO)");
  bad.path = join(root, "set-aside/blobs/sha256", hexOf(first));
  expect((await check()).contents).toMatchObject([{ digest: first }]);
  await rm(root, { recursive: true });
});
