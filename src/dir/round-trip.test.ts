/**
 * Random folders, saved and restored over the embedded registry. See `anyFolder` for what is not
 * generated.
 */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { anyFolder, describeFolder, makeFolder } from "../../test/support/directories.ts";
import { startEmbedded, type TestRegistry } from "../../test/support/registries.ts";
import { anonymous } from "../registry/auth/credentials.ts";
import { RegistryClient } from "../registry/client.ts";
import { diffTrees } from "./diff/diff-trees.ts";
import { readPaths } from "./diff/read-paths.ts";
import { removeTree } from "./restore/remove-tree.ts";
import { restoreDirectory } from "./restore/restore.ts";
import { saveDirectory } from "./save/save.ts";
import { findExact } from "./stored/find-cache.ts";
import { readCache } from "./stored/read-cache.ts";
import { localCrew } from "./threads/local-crew.ts";

let registry: TestRegistry;
let client: RegistryClient;
let root: string;
beforeAll(async () => {
  registry = await startEmbedded();
  client = new RegistryClient({ credentials: anonymous });
  root = mkdtempSync(join(tmpdir(), "layerkeep-dir-"));
});
afterAll(async () => {
  await client[Symbol.asyncDispose]();
  await registry[Symbol.asyncDispose]();
  removeTree(root);
});

let runs = 0;

test("a folder comes back as it was, from scratch and over another one", async () => {
  const before = fc.record({ first: anyFolder, second: anyFolder });
  await fc.assert(
    fc.asyncProperty(before, async ({ first, second }) => {
      const id = `run-${runs++}`;
      const storage = { client, repository: { host: registry.host, path: `acme/${id}` } };
      const common = { storage, crew: localCrew(), memory: join(root, "memory") };
      const place = { cwd: join(root, id), home: "/nowhere" };
      const now = (): Date => new Date();
      const save = (name: string, key: string) =>
        saveDirectory({
          ...common,
          key: { key, family: "k" },
          paths: [{ name: "x", file: join(root, id, name) }],
          allowEmpty: true,
          now,
        });
      const restore = (key: string) =>
        restoreDirectory({ ...common, key, prefixes: [], paths: ["back"], place, now });
      makeFolder(join(root, id, "first"), first);
      makeFolder(join(root, id, "second"), second);
      const saved = await save("first", "k1");
      await save("second", "k2");
      await restore("k1");
      const described = describeFolder(join(root, id, "first"));
      expect(describeFolder(join(root, id, "back"))).toEqual(described);
      const found = await findExact(storage, "k1");
      if (found === undefined) throw new Error("the cache is not there");
      const { tree } = await readCache(storage, found);
      // Whether or not this machine remembers the files.
      for (const memory of [common.memory, join(root, "none")]) {
        const paths = [{ name: "x", file: join(root, id, "back") }];
        const back = await readPaths(paths, { ...common, memory, other: tree });
        const equal = { added: [], removed: [], changed: [], touched: 0 };
        expect(diffTrees(tree, back.tree)).toMatchObject(equal);
      }
      // The same tree gives the same manifest, wherever it is.
      expect((await save("back", "k1")).manifest).toBe(saved.manifest);
      await restore("k2");
      expect(describeFolder(join(root, id, "back"))).toEqual(
        describeFolder(join(root, id, "second")),
      );
      const again = await restore("k2");
      expect(again?.fetched.bytes).toBe(0);
      expect(describeFolder(join(root, id, "back"))).toEqual(
        describeFolder(join(root, id, "second")),
      );
      removeTree(join(root, id));
    }),
    { numRuns: 25, interruptAfterTimeLimit: 45_000 },
  );
});
