import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rename, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { accessSync, constants } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

const execute = promisify(execFile);

const outerBytes = 512 << 20;
const innerBytes = 160 << 20;
const mostUnmounts = 100;

/** Programs, and Debian's packages that have them. */
const programs = {
  mount: "mount",
  umount: "mount",
  fsfreeze: "util-linux",
  unshare: "util-linux",
  "mkfs.ext4": "e2fsprogs",
  e2fsck: "e2fsprogs",
} as const;

/** What this machine lacks for power cuts, in words; nothing if it has all. */
export function missingForPowerCuts(): readonly string[] {
  const missing = Object.entries(programs)
    .filter(([program]) => !isProgram(program))
    .map(([program, name]) => `${program}: install the package ${name}`);
  if (process.getuid?.() !== 0) missing.push("root: run it as root, mounting needs that");
  if (!isThere("/dev/loop-control")) {
    missing.push("loop devices: load the kernel module loop, or start the container privileged");
  }
  return missing;
}

/** A cut that is ready. */
interface ArmedCut {
  /**
   * Copies the disk as it is at one moment, while it is in use: what its file system did not
   * give to it until then is not in the copy. Nothing but the copy is changed.
   */
  cut(): Promise<void>;
  /** Does without, if it was not cut. */
  disarm(): Promise<void>;
}

/** A disk whose power can be cut. */
export interface CuttableDisk extends AsyncDisposable {
  /** Where its file system is mounted. */
  readonly folder: string;
  /** Gets ready for a cut, which then begins within a millisecond or two. */
  arm(): ArmedCut;
  /**
   * Goes on with the copy, as after a power cut: its file system repairs itself from its
   * journal. Nobody may use the disk. Gives what is damaged then; undefined if nothing is.
   */
  goOn(): Promise<string | undefined>;
  /** Moves the last copy to a folder that stays, and gives its path. */
  keepCopy(): Promise<string>;
}

/**
 * Makes a disk: an image file with ext4, mounted by loop, that lies on another such file system.
 * That one can be frozen, so that the inner one stops writing at one moment. Only a process that
 * `hasPrivateMounts` may make one.
 */
export async function makeCuttableDisk(): Promise<CuttableDisk> {
  const undo: (() => Promise<unknown>)[] = [];
  const dispose = async (): Promise<void> => {
    for (let step = undo.pop(); step !== undefined; step = undo.pop()) await step();
  };
  try {
    const work = await mkdtemp(join(tmpdir(), "layerkeep-power-cuts-"));
    undo.push(() => rm(work, { recursive: true, force: true }));
    const [outer, folder] = [join(work, "outer"), join(work, "disk")];
    const [outerImage, copy] = [join(work, "outer.img"), join(work, "copy.img")];
    const image = join(outer, "disk.img");
    await makeImage(outerImage, outerBytes);
    await mount(outerImage, outer);
    undo.push(() => unmount(outer));
    await makeImage(image, innerBytes);
    await mount(image, folder);
    let isMounted = true;
    undo.push(async () => {
      if (isMounted) await unmount(folder);
    });
    return {
      folder,
      arm: () => armCut(outer, image, copy),
      goOn: async () => {
        await unmount(folder);
        isMounted = false;
        // A new file: whoever still has the old one mounted writes to that one.
        await execute("cp", ["--sparse=always", "--remove-destination", copy, image]);
        // The first mount replays the journal; after that there is nothing left to be repaired.
        await mount(image, folder);
        isMounted = true;
        await unmount(folder);
        isMounted = false;
        const damage = await findDamage(image);
        await mount(image, folder);
        isMounted = true;
        return damage;
      },
      keepCopy: async () => {
        const kept = join(await mkdtemp(join(tmpdir(), "layerkeep-power-cut-kept-")), "disk.img");
        await rename(copy, kept);
        return kept;
      },
      [Symbol.asyncDispose]: dispose,
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/**
 * A shell freezes and thaws, in a session of its own: whatever ends us, the file system does not
 * stay frozen. It waits for a line, so that the cut does not wait for its start.
 */
function armCut(outer: string, image: string, copy: string): ArmedCut {
  const script = `read -r line || exit 0
trap 'fsfreeze -u "$1"' EXIT
fsfreeze -f "$1" && cp --sparse=always "$2" "$3"`;
  const child = spawn("sh", ["-c", script, "sh", outer, image, copy], {
    detached: true,
    stdio: ["pipe", "ignore", "pipe"],
  });
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
  child.stdin.on("error", () => undefined);
  const closed: Promise<unknown[]> = once(child, "close");
  return {
    cut: async () => {
      try {
        child.stdin.end("cut\n");
        const [code] = await closed;
        if (code !== 0) throw new Error(`the disk could not be copied: ${said}`);
      } finally {
        // Fails if it is not frozen any more.
        await execute("fsfreeze", ["-u", outer]).catch(() => undefined);
      }
    },
    disarm: async () => {
      child.stdin.end();
      await closed;
    },
  };
}

/** What e2fsck prints if it is not content. */
async function findDamage(image: string): Promise<string | undefined> {
  const child = spawn("e2fsck", ["-fn", image], { stdio: ["ignore", "pipe", "ignore"] });
  let said = "";
  child.stdout.on("data", (chunk: Buffer) => (said += chunk.toString()));
  const ended: unknown[] = await once(child, "close");
  return ended[0] === 0 ? undefined : said;
}

async function makeImage(path: string, bytes: number): Promise<void> {
  await writeFile(path, "");
  await truncate(path, bytes);
  // Nothing is left to be written later in the background.
  await execute("mkfs.ext4", ["-q", "-E", "lazy_itable_init=0,lazy_journal_init=0", path]);
}

async function mount(image: string, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await execute("mount", ["-o", "loop,noatime", image, folder]);
}

/** Also detaches the loop device. It is tried for a while, since others look at new devices. */
async function unmount(folder: string): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      await execute("umount", [folder]);
      return;
    } catch (error) {
      if (tries === mostUnmounts) throw error;
      await sleep(100);
    }
  }
}

function isProgram(name: string): boolean {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  return folders.some((folder) => isThere(join(folder, name)));
}

function isThere(path: string): boolean {
  try {
    accessSync(path, constants.F_OK);
    return true;
  } catch {
    return false;
  }
}
