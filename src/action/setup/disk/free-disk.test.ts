import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { freeDisk } from "./free-disk.ts";
import type { Machine } from "./machine.ts";
import { toolFolders } from "./tool-folders.ts";

const GB = 1e9;
let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "layerkeep-disk-"));
  const files = [
    "/var/lib/docker/volumes/data",
    "/var/lib/containerd/blob",
    "/usr/share/dotnet/sdk",
    "/usr/local/lib/android/sdk",
    "/usr/share/kept/file",
    "/home/runner/checkout/file",
  ];
  for (const file of files) {
    mkdirSync(join(root, dirname(file)), { recursive: true });
    writeFileSync(join(root, file), file);
  }
  mkdirSync(join(root, "/mnt"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

interface Fake {
  readonly spare?: { readonly free: number };
  readonly containers?: string;
  /** The first word of a program that fails. */
  readonly broken?: string;
}

/**
 * A runner whose files are in a folder: `rm`, `cp` and `mkdir` run there, `mount` is remembered,
 * and every tool folder that is deleted frees 10 GB of the system's disk, which has 20 GB free.
 */
function fakeRunner({ spare, containers = "", broken }: Fake) {
  const ran: string[] = [];
  const mounted = new Set<string>();
  const at = (path: string): string => `${root}${path}`;
  const disk = (path: string): number =>
    (path.startsWith("/mnt") && spare !== undefined) || mounted.has(path) ? 2 : 1;
  const deleted = (): number =>
    ["/usr/share/dotnet", "/usr/local/lib/android"].filter((path) => !existsSync(at(path))).length;
  const machine: Machine = {
    freeBytes: (path) =>
      Promise.resolve(disk(path) === 2 ? (spare?.free ?? 0) : 20 * GB + deleted() * 10 * GB),
    diskOf: (path) => Promise.resolve(existsSync(at(path)) ? disk(path) : undefined),
    asRoot(argv) {
      const [program = "", ...args] = argv;
      ran.push(argv.join(" "));
      if (program === broken) return Promise.reject(new Error(`${program} failed`));
      if (program === "docker") return Promise.resolve(containers);
      if (program === "mount") mounted.add(args.at(-1) ?? "");
      if (["rm", "cp", "mkdir"].includes(program)) {
        execFileSync(
          program,
          args.map((arg) => (arg.startsWith("/") ? at(arg) : arg)),
        );
      }
      return Promise.resolve("");
    },
  };
  return { machine, ran };
}

async function free(fake: Fake, wanted: number | undefined) {
  const { machine, ran } = fakeRunner(fake);
  const [said, warned]: [string[], string[]] = [[], []];
  const won = await freeDisk({
    engineRoot: "/var/lib/docker",
    wanted,
    machine,
    say: (text) => said.push(text),
    warn: (text) => warned.push(text),
  });
  return { won, ran, said, warned };
}

describe("what is not needed is skipped", () => {
  it("does nothing if enough is free", async () => {
    expect(await free({ spare: { free: 60 * GB } }, 20 * GB)).toEqual({
      won: 0,
      ran: [],
      said: ["20.0 GB is already free: nothing to delete or move"],
      warned: [],
    });
  });

  it("deletes nothing if moving is enough", async () => {
    const { won, said } = await free({ spare: { free: 60 * GB } }, 40 * GB);
    expect(won).toBe(40 * GB);
    expect(said).toEqual([
      "moved /var/lib/docker to the spare disk: 40.0 GB freed",
      "freed 40.0 GB: 60.0 GB is now free for builds",
    ]);
    expect(existsSync(join(root, "/usr/share/dotnet"))).toBe(true);
  });

  it("deletes only as much as is wanted", async () => {
    const { won, said } = await free({}, 30 * GB);
    expect(won).toBe(10 * GB);
    expect(said).toEqual([
      "did not move /var/lib/docker: there is no spare disk",
      "deleted /usr/local/lib/android: 10.0 GB",
      "freed 10.0 GB: 30.0 GB is now free for builds",
    ]);
    expect(existsSync(join(root, "/usr/share/dotnet"))).toBe(true);
  });

  it("deletes nothing from a disk that the engine is no longer on", async () => {
    const { said, warned } = await free({ spare: { free: 60 * GB } }, 80 * GB);
    expect(said).not.toContain("deleted /usr/local/lib/android: 10.0 GB");
    expect(warned).toEqual(["only 60.0 GB of the requested 80.0 GB is free for builds"]);
  });
});

it("moves Docker's and containerd's data with the services stopped, and keeps the old", async () => {
  const { ran } = await free({ spare: { free: 60 * GB } }, 40 * GB);
  expect(ran).toEqual([
    "docker ps --quiet",
    "systemctl stop docker.service docker.socket containerd.service",
    "mkdir -p /mnt/layerkeep/docker",
    "cp -a /var/lib/docker/. /mnt/layerkeep/docker",
    "mount --bind /mnt/layerkeep/docker /var/lib/docker",
    "mkdir -p /mnt/layerkeep/containerd",
    "cp -a /var/lib/containerd/. /mnt/layerkeep/containerd",
    "mount --bind /mnt/layerkeep/containerd /var/lib/containerd",
    "systemctl start containerd.service docker.socket docker.service",
  ]);
  const copy = join(root, "/mnt/layerkeep/docker/volumes/data");
  expect(readFileSync(copy, "utf8")).toBe("/var/lib/docker/volumes/data");
  expect(existsSync(join(root, "/var/lib/docker/volumes/data"))).toBe(true);
});

it("deletes every tool folder and nothing else if as much as possible is wanted", async () => {
  const { won, ran } = await free({ spare: { free: 60 * GB } }, undefined);
  expect(won).toBe(60 * GB);
  for (const folder of toolFolders) expect(existsSync(join(root, folder)), folder).toBe(false);
  for (const kept of ["/usr/share/kept/file", "/home/runner/checkout/file", "/usr/local/lib"]) {
    expect(existsSync(join(root, kept)), kept).toBe(true);
  }
  expect(ran.filter((line) => line.startsWith("rm "))).toEqual([
    "rm -rf --one-file-system -- /usr/local/lib/android",
    "rm -rf --one-file-system -- /usr/share/dotnet",
  ]);
});

describe("what cannot be done is said, and stops nothing", () => {
  it("moves nothing while containers run, or to a fuller disk", async () => {
    const busy = await free({ spare: { free: 60 * GB }, containers: "c0ffee\n" }, 30 * GB);
    expect(busy.said[0]).toMatch(/^did not move \/var\/lib\/docker: containers are running; /);
    expect(busy.ran).not.toContain(
      "systemctl stop docker.service docker.socket containerd.service",
    );
    const full = await free({ spare: { free: 9 * GB } }, 50 * GB);
    expect(full.said[0]).toBe(
      "did not move /var/lib/docker: the spare disk does not have more free space than the current one",
    );
  });

  it("starts Docker again if the move fails", async () => {
    const { ran, warned } = await free({ spare: { free: 60 * GB }, broken: "cp" }, 30 * GB);
    expect(ran).toContain("systemctl start containerd.service docker.socket docker.service");
    expect(warned).toEqual(["could not move /var/lib/docker to the spare disk: cp failed"]);
  });

  it("goes on if a folder cannot be deleted", async () => {
    const { won, warned } = await free({ broken: "rm" }, undefined);
    expect(won).toBe(0);
    expect(warned).toEqual([
      "could not delete /usr/local/lib/android: rm failed",
      "could not delete /usr/share/dotnet: rm failed",
    ]);
  });
});
