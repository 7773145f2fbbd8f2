import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { startEmbedded, type TestRegistry } from "../../../../test/support/registries.ts";
import { removeTree } from "../../../dir/restore/remove-tree.ts";
import { saveDirectory } from "../../../dir/save/save.ts";
import { localCrew } from "../../../dir/threads/local-crew.ts";
import { anonymous } from "../../../registry/auth/credentials.ts";
import { RegistryClient } from "../../../registry/client.ts";
import { fetchKept, findKept, type KeptMount, markOf, saveKept } from "./kept-mounts.ts";

const mount = {
  ...{ id: "go", sharing: "shared" as const, uid: null, gid: null, mode: null, stage: 0 },
  ...{ from: ["mount-go.release", "mount-go"], to: "mount-go" },
};
let registry: TestRegistry;
let client: RegistryClient;
let root: string;
beforeEach(async () => {
  registry = await startEmbedded();
  client = new RegistryClient({ credentials: anonymous });
  root = mkdtempSync(join(tmpdir(), "layerkeep-kept-"));
});
afterEach(async () => {
  await client[Symbol.asyncDispose]();
  await registry[Symbol.asyncDispose]();
  removeTree(root);
});

let folders = 0;

function options() {
  const folder = join(root, String(folders++));
  mkdirSync(folder);
  const storage = { client, repository: { host: registry.host, path: "acme/cache" } };
  return { storage, now: () => new Date(), folder };
}

/** What a helper copies out of a mount with these files. */
function copied(files: Readonly<Record<string, string>>, attributes = ""): string {
  const folder = join(root, String(folders++));
  for (const [path, text] of Object.entries(files)) {
    const file = join(folder, "files", path);
    mkdirSync(join(file, ".."), { recursive: true });
    writeFileSync(file, text);
  }
  writeFileSync(join(folder, "attributes"), attributes);
  return folder;
}

const save = (folder: string, base?: KeptMount, replaces = false) =>
  saveKept(mount, folder, { base, replaces }, options());

/** The files in the cache and their text, and the commands that restore their attributes. */
async function kept() {
  const own = options();
  const found = await findKept(own.storage, mount);
  if (found === undefined) return undefined;
  const target = join(own.folder, "content");
  await fetchKept(mount, found, target, own);
  const files = join(target, "files");
  const names = readdirSync(files, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  return {
    mark: markOf(found),
    files: names.map((name) =>
      [name.slice(files.length + 1), readFileSync(name, "utf8")].join("="),
    ),
    commands: readFileSync(join(target, "restore"), "latin1").split("\n").slice(1, -1),
  };
}

it("keeps files, the mark and unusual attributes", async () => {
  const list = "755 0 0 .\n644 0 0 ./d/a\n640 7 8 ./d/b\n";
  await save(copied({ "d/a": "1", "d/b": "2", ".layerkeep-x": "" }, list));
  expect(await kept()).toEqual({
    mark: ".layerkeep-x",
    files: [".layerkeep-x=", "d/a=1", "d/b=2"],
    commands: ["chown -h 0:0 '.'", "chown -h 7:8 './d/b'", "chmod 755 '.'", "chmod 640 './d/b'"],
  });
});

it("does not replace a cache by nothing", async () => {
  await save(copied({ a: "1" }));
  expect(await save(copied({ ".layerkeep-y": "" }))).toBeUndefined();
  expect((await kept())?.files).toEqual(["a=1"]);
});

it("keeps what another run has added meanwhile, but not what was there before", async () => {
  const base = (await save(copied({ old: "0", "sub/gone": "0", both: "0" })))?.now;
  await save(
    copied({ old: "0", "sub/theirs": "1", both: "theirs" }, "600 5 5 ./sub/theirs\n"),
    base,
  );
  await save(copied({ old: "0", ours: "2", both: "ours" }), base);
  const merged = await kept();
  expect(merged?.files).toEqual(["both=ours", "old=0", "ours=2", "sub/theirs=1"]);
  expect(merged?.commands).toContain("chown -h 5:5 './sub/theirs'");
  // The same base again: nothing but its own files is deleted.
  const now = (await save(copied({ ours: "3" }), base))?.now;
  expect((await kept())?.files).toEqual(["ours=3", "sub/theirs=1"]);
  await save(copied({ alone: "4" }), now, true);
  expect((await kept())?.files).toEqual(["alone=4"]);
});

it("fills from what somebody else saved under the key, without attributes", async () => {
  const folder = copied({ a: "1" });
  const { storage, now } = options();
  await using crew = localCrew();
  const paths = [{ name: "x", file: folder }];
  const key = { key: "mount-go", family: "mount-go" };
  await saveDirectory({ storage, crew, key, paths, memory: join(root, "known"), now });
  expect(await kept()).toMatchObject({ mark: undefined, files: ["a=1"] });
});
