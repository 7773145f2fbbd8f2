import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { removeTree } from "../../src/dir/restore/remove-tree.ts";
import type * as Library from "../../src/index.ts";
import { describeFolder } from "../support/directories.ts";
import { startEmbedded } from "../support/registries.ts";

test("the built library saves, lists, verifies and restores folders, in threads", async () => {
  const built = pathToFileURL(resolve("dist/index.js")).href;
  const library = (await import(built)) as typeof Library;
  const root = mkdtempSync(join(tmpdir(), "layerkeep-library-"));
  await using registry = await startEmbedded();
  await using client = new library.RegistryClient({ credentials: library.anonymous });
  await using crew = library.threadCrew(2);
  const storage = { client, repository: { host: registry.host, path: "acme/app" } };
  const common = { storage, crew, memory: join(root, "memory"), now: () => new Date() };
  mkdirSync(join(root, "a"));
  for (let number = 0; number < 50; number++)
    writeFileSync(join(root, "a", `${number}`), `x${number}`);

  const paths = [{ name: "a", file: join(root, "a") }];
  const saved = await library.saveDirectory({
    ...common,
    key: { key: "k-1", family: "k-" },
    paths,
  });
  expect(saved).toMatchObject({ key: "k-1", files: 50, sent: { packs: 1 } });
  const listed = await library.listDirectoryCaches(storage, "k-");
  expect(listed.map(({ key, files }) => [key, files])).toEqual([["k-1", 50]]);
  expect(await library.verifyDirectory(storage, "k-1", { crew, deep: true })).toMatchObject({
    problems: [],
  });
  const place = { cwd: root, home: "/nowhere" };
  const wanted = { key: "k-2", prefixes: ["k-"], paths: ["b"], place };
  const restored = await library.restoreDirectory({ ...common, ...wanted });
  expect(restored).toMatchObject({ key: "k-1", isExact: false, files: 50 });
  expect(describeFolder(join(root, "b"))).toEqual(describeFolder(join(root, "a")));
  removeTree(root);
});
