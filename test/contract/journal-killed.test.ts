import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { build } from "esbuild";
import { afterAll, beforeAll, expect, test } from "vitest";
import { digestOf, isDigest } from "../../src/oci/digest.ts";
import { openStore, type Store } from "../../src/server/store/store.ts";
import {
  type Effects,
  writerBlobs,
  writerImages,
  writerOptions,
  writerRepositories,
  writerTags,
} from "../support/store-writer.ts";

const kills = 60;

let folder = "";
let script = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "layerkeep-journal-killed-"));
  script = join(folder, "writer.mjs");
  await build({
    stdin: {
      contents: `import { writeUntilKilled } from "./test/support/store-writer.ts";
await writeUntilKilled(process.argv[2]);`,
      resolveDir: process.cwd(),
      loader: "ts",
    },
    bundle: true,
    platform: "node",
    target: "node20.19",
    format: "esm",
    outfile: script,
    logLevel: "error",
  });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test(`has all that was acknowledged, and all of it whole, killed ${kills} times between any two writes`, async () => {
  const root = join(folder, "root");
  let state = new Map<string, string>();
  let done = 0;
  for (let kill = 0; kill < kills; kill++) {
    const lines = await writeAndKill(root, (kill * 13) % 50, kill % 5);
    const { acknowledged, open } = replay(lines, state);
    done += lines.filter((line) => line.startsWith("done")).length;
    // What was being compacted when it was killed goes on here, or is killed here: by close.
    const store = await openStore(root, Date.now, writerOptions);
    try {
      const actual = await readAll(store);
      for (const key of new Set([...acknowledged.keys(), ...open.keys(), ...actual.keys()])) {
        const allowed = [acknowledged.get(key), ...(open.get(key) ?? [])];
        expect(allowed, `${key} after ${kill + 1} kills`).toContain(actual.get(key));
      }
      state = actual;
      expect(await readdir(join(root, "uploads"))).toEqual([]);
      // What a crash leaves over is known as such.
      expect(await readdir(root)).not.toContain("set-aside");
    } finally {
      await store.close();
    }
  }
  // Else it was killed too early each time to mean anything.
  expect(done).toBeGreaterThan(kills * 10);
  expect(Math.max(...(await readdir(join(root, "journal"))).map(Number))).toBeGreaterThan(5);
}, 120_000);

/** What the writer said until it was killed. */
async function writeAndKill(root: string, steps: number, delayMs: number): Promise<string[]> {
  const child = spawn(process.execPath, [script, root], { stdio: ["ignore", "pipe", "pipe"] });
  const closed = once(child, "close");
  let said = "";
  let failed = "";
  child.stderr.on("data", (chunk: Buffer) => (failed += chunk.toString()));
  const reached = new Promise<void>((resolve) => {
    child.stdout.on("data", (chunk: Buffer) => {
      said += chunk.toString();
      if (said.startsWith("ready\n") && said.split("\ndone").length > steps) resolve();
    });
  });
  await Promise.race([reached, closed]);
  await sleep(delayMs);
  child.kill("SIGKILL");
  await closed;
  expect(failed).toBe("");
  return said.split("\n").slice(0, -1);
}

/** What has to stand, and what may stand instead since it was begun and not acknowledged. */
function replay(
  lines: readonly string[],
  before: ReadonlyMap<string, string>,
): {
  acknowledged: Map<string, string>;
  open: Map<string, (string | undefined)[]>;
} {
  const acknowledged = new Map(before);
  const tried = new Map<string, Effects>();
  for (const line of lines) {
    const [kind = "", id = ""] = line.split(" ", 2);
    if (kind === "try") {
      const effects: Effects = JSON.parse(line.slice(`try ${id} `.length)) as Effects;
      tried.set(id, effects);
    } else if (kind === "done") {
      for (const [key, value] of Object.entries(tried.get(id) ?? {})) {
        if (value === null) acknowledged.delete(key);
        else acknowledged.set(key, value);
      }
      tried.delete(id);
    }
  }
  const open = new Map<string, (string | undefined)[]>();
  for (const effects of tried.values()) {
    for (const [key, value] of Object.entries(effects)) {
      open.set(key, [...(open.get(key) ?? []), value ?? undefined]);
    }
  }
  return { acknowledged, open };
}

/** All that a store has, each read and held against its digest. */
async function readAll(store: Store): Promise<Map<string, string>> {
  const state = new Map<string, string>();
  for (const name of writerRepositories) {
    for (const bytes of writerBlobs) {
      const digest = digestOf(bytes);
      const found = store.blobs.find(name, digest);
      if (found === undefined) continue;
      const source = store.blobs.read(found);
      const content = typeof source === "string" ? await readFile(source) : source;
      expect(bytes.equals(content), `${digest} is whole`).toBe(true);
      state.set(`blob ${name} ${digest}`, "yes");
    }
    for (const { digest, bytes } of writerImages) {
      const found = store.manifests.find(name, digest);
      if (found === undefined) continue;
      expect(bytes.equals(found.bytes), `${digest} is whole`).toBe(true);
      state.set(`manifest ${name} ${digest}`, "yes");
    }
    for (const tag of writerTags) {
      const digest = store.manifests.resolve(name, tag);
      if (digest === undefined) continue;
      expect(isDigest(digest) && store.manifests.has(name, digest), `${tag} names one`).toBe(true);
      state.set(`tag ${name} ${tag}`, digest);
    }
  }
  return state;
}
