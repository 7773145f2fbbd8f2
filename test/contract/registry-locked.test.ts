import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { digestOf } from "../../src/oci/digest.ts";
import { bundleRegistry, type RegistryBundle } from "../support/registry-process.ts";

const namespaces = ["--pid", "--fork", "--kill-child", "--mount-proc"];

let bundle: RegistryBundle;
let root = "";
let started: ChildProcess[] = [];

beforeAll(async () => {
  bundle = await bundleRegistry();
});
afterAll(() => bundle[Symbol.asyncDispose]());
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "layerkeep-locked-"));
});
afterEach(async () => {
  await Promise.all(started.map(kill));
  started = [];
  await rm(root, { recursive: true, force: true });
});

/** A registry in a PID namespace of its own, as in a container: its url, or why it did not start. */
async function start(): Promise<{ child: ChildProcess; url?: string; said: string }> {
  const child = spawn("unshare", [...namespaces, process.execPath, bundle.script, root], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  started.push(child);
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
  const url = await Promise.race([
    once(createInterface(child.stdout), "line").then(([line]) => String(line)),
    once(child, "close").then(() => undefined),
  ]);
  return url === undefined ? { child, said } : { child, url, said };
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = once(child, "close");
  child.kill("SIGKILL");
  await closed;
}

async function push(url: string, text: string): Promise<number> {
  const path = `${url}/v2/app/blobs/uploads/?digest=${digestOf(text)}`;
  return (await fetch(path, { method: "POST", body: text })).status;
}

const has = async (url: string, text: string): Promise<boolean> =>
  (await fetch(`${url}/v2/app/blobs/${digestOf(text)}`)).status === 200;

// Linux alone has namespaces. They take root, which is what the tests run as there.
describe.runIf(process.platform === "linux")(
  "registries in PID namespaces of their own, on one root",
  () => {
    test("of several that start at once exactly one serves, and the others say why not", async () => {
      const all = await Promise.all([start(), start(), start()]);
      expect(all.filter(({ url }) => url !== undefined)).toHaveLength(1);
      for (const { url, said } of all) {
        if (url !== undefined) continue;
        expect(said).toMatch(/is in use by another registry, process \d+ in another container/);
      }
    }, 60_000);

    test("one that was killed is followed by the next, which has all that was acknowledged", async () => {
      const kept: string[] = [];
      for (let round = 0; round < 2; round++) {
        const { child, url = "", said } = await start();
        expect(said === "" || said.includes("waiting")).toBe(true);
        for (const text of kept) expect(await has(url, text)).toBe(true);
        for (let blob = 0; blob < 5; blob++) {
          const text = `${round} ${blob} ${"x".repeat(blob * 30_000)}`;
          expect(await push(url, text)).toBe(201);
          kept.push(text);
        }
        await kill(child);
      }
    }, 120_000);

    test("a rolling restart: the new one does not start beside the old one, and loses nothing of it", async () => {
      const old = await start();
      const pushing = (async () => {
        const acknowledged: string[] = [];
        for (let id = 0; ; id++) {
          const status = await push(old.url ?? "", `blob ${id}`).catch(() => 0);
          if (status !== 201) return acknowledged;
          acknowledged.push(`blob ${id}`);
        }
      })();
      expect((await start()).said).toContain("is in use by another registry");
      await kill(old.child);
      const acknowledged = await pushing;
      const next = await start();
      expect(acknowledged.length).toBeGreaterThan(10);
      for (const text of acknowledged) expect(await has(next.url ?? "", text)).toBe(true);
    }, 120_000);

    test("one that was stopped for too long takes nothing more once another has the root", async () => {
      const old = await start();
      expect(await push(old.url ?? "", "before")).toBe(201);
      const inside = childOf(old.child);
      process.kill(inside, "SIGSTOP");
      const next = await start();
      expect(await push(next.url ?? "", "after")).toBe(201);
      process.kill(inside, "SIGCONT");
      expect(await push(old.url ?? "", "too late")).toBe(503);
      await sleep(50);
      expect(await push(next.url ?? "", "more")).toBe(201);
      await kill(old.child);
      await kill(next.child);

      const last = await start();
      for (const text of ["before", "after", "more"]) {
        expect([text, await has(last.url ?? "", text)]).toEqual([text, true]);
      }
      expect(await has(last.url ?? "", "too late")).toBe(false);
      expect((await readdir(root)).filter((name) => name.startsWith("lock-"))).toHaveLength(1);
    }, 120_000);
  },
);

/** The process that `unshare` forked. */
function childOf(child: ChildProcess): number {
  const found = execFileSync("ps", ["-o", "pid=", "--ppid", String(child.pid)]).toString();
  return Number(found.trim().split("\n")[0]);
}
