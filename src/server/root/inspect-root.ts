import { randomUUID } from "node:crypto";
import type { Dirent } from "node:fs";
import { lstat, mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { systemCodeOf, UsageError } from "../../errors.ts";
import { isDigest } from "../../oci/digest.ts";
import type { Folders } from "./folders.ts";
import { isOwnHead, shortestHeadBytes } from "../store/journal/frame.ts";
import { layoutOf } from "./layout.ts";
import { isSegmentName } from "../store/journal/segment.ts";

/**
 * The state of a folder:
 *
 * - `missing`: it does not exist.
 * - `empty`: nothing is in it, so a registry can be created there.
 * - `unmarked`: a registry from a version without markers.
 * - `marked`: a registry in this version's format.
 */
export type RootState = "missing" | "empty" | "unmarked" | "marked";

const format = 1;
/** What a root contains besides its marker. A foreign file called `reserve` is set aside later. */
const own = ["journal", "blobs", "uploads", "reserve"];
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** What a start that was killed early may leave behind, and what a new ext4 volume contains. */
const ignored =
  /^((lock|free)-\d{10}|lock-\d+-[0-9a-f-]{36}|new-(\d+-)?[0-9a-f-]{36}|lost\+found)$/;

/** Whether a name is one of the store's own temporary names. */
export function isTemporaryName(name: string): boolean {
  return uuid.test(name);
}

/**
 * Inspects a root and writes nothing. Throws a usage error if the folder belongs to something else
 * or to another version of the format, if one of its folders is a link, or if its journal is
 * missing but its blobs exist.
 */
export async function inspectRoot(root: string): Promise<RootState> {
  const entries = await entriesOf(root);
  if (entries === undefined) return "missing";
  const names = entries.map(({ name }) => name).filter((name) => !ignored.test(name));
  if (names.length === 0) return "empty";
  const isMarked = await readMarker(root);
  if (!isMarked) {
    if (names.includes("repositories") && !names.includes("journal")) throw olderLayout(root);
    const others = names.filter((name) => !own.includes(name));
    if (others.length > 0) throw foreign(root, others);
  }
  await refuseLinks(root);
  if (!isMarked && !(await hasOurLayout(root))) throw foreign(root, names);
  await requireJournal(root);
  return isMarked ? "marked" : "unmarked";
}

/** Creates a private folder for a root; missing parents get the usual mode. */
export async function makeRoot(root: string): Promise<void> {
  await mkdir(dirname(root), { recursive: true });
  await mkdir(root, { mode: 0o700 }).catch((error: unknown) => {
    if (systemCodeOf(error) !== "EEXIST") throw error;
  });
}

/** Marks the root as a registry's, durably. */
export async function writeMarker(root: string, folders: Folders): Promise<void> {
  const staged = join(root, `new-${randomUUID()}`);
  const file = await open(staged, "wx", 0o600);
  try {
    await file.writeFile(`${JSON.stringify({ kind: "layerkeep-registry", format })}\n`);
    await file.datasync();
  } catch (error) {
    await rm(staged, { force: true });
    throw error;
  } finally {
    await file.close();
  }
  await rename(staged, layoutOf(root).marker);
  await folders.sync(root);
}

async function readMarker(root: string): Promise<boolean> {
  const path = layoutOf(root).marker;
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if (systemCodeOf(error) === "ENOENT") return false;
    throw error;
  }
  const found = parseMarker(text);
  if (found === format) return true;
  if (found !== undefined && found > format) {
    throw new UsageError(`${root} was written by a newer version of Layerkeep`, {
      hint: "upgrade Layerkeep, or use another folder",
    });
  }
  throw new UsageError(`${path} is not a registry marker file`, {
    hint: "restore it from a backup of the folder, or use another folder",
  });
}

/** The format that a marker names. */
function parseMarker(text: string): number | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null) return undefined;
    const { kind, format: named }: { readonly kind?: unknown; readonly format?: unknown } = value;
    return kind === "layerkeep-registry" && Number.isInteger(named) ? Number(named) : undefined;
  } catch {
    return undefined;
  }
}

/** Through a link, files in the root that are moved or deleted would be somebody else's. */
async function refuseLinks(root: string): Promise<void> {
  const { journal, blobs, uploads, setAside } = layoutOf(root);
  const folders = [journal, blobs, join(blobs, "sha256"), join(blobs, "sha512"), uploads, setAside];
  for (const folder of folders) {
    const found = await lstatOf(folder);
    if (found === undefined || found.isDirectory()) continue;
    const what = found.isSymbolicLink() ? "a link" : "not a folder";
    throw new UsageError(`${folder} is ${what}: the registry needs a real folder`, {
      hint: `move all of ${root} to store the data elsewhere, or mount a disk at ${folder}`,
    });
  }
}

/** Whether a folder without a marker has exactly what the version without markers wrote. */
async function hasOurLayout(root: string): Promise<boolean> {
  const { journal, blobs, uploads } = layoutOf(root);
  const all = await Promise.all([journal, blobs, uploads].map(entriesOf));
  const [segments, algorithms, temporaries] = all;
  if (algorithms === undefined || temporaries === undefined) return false;
  if (!temporaries.every((entry) => entry.isFile() && isTemporaryName(entry.name))) return false;
  for (const { name } of algorithms) {
    if (name !== "sha256" && name !== "sha512") return false;
    const files = (await entriesOf(join(blobs, name))) ?? [];
    if (!files.every((file) => file.isFile() && isDigest(`${name}:${file.name}`))) return false;
  }
  for (const segment of segments ?? []) {
    if (!segment.isFile() || !isSegmentName(segment.name)) return false;
    if (!(await beginsAsSegment(join(journal, segment.name)))) return false;
  }
  return true;
}

async function beginsAsSegment(path: string): Promise<boolean> {
  const file = await open(path, "r");
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(shortestHeadBytes), 0);
    // A crash may have cut the head short.
    return bytesRead < shortestHeadBytes || isOwnHead(buffer);
  } finally {
    await file.close();
  }
}

async function requireJournal(root: string): Promise<void> {
  const { journal, blobs } = layoutOf(root);
  const segments = await entriesOf(journal);
  if (segments?.some(({ name }) => isSegmentName(name)) === true) return;
  for (const algorithm of ["sha256", "sha512"]) {
    const files = (await entriesOf(join(blobs, algorithm))) ?? [];
    if (!files.some(({ name }) => isDigest(`${algorithm}:${name}`))) continue;
    const what = segments === undefined ? "is missing" : "has no segments";
    throw new UsageError(`${journal} ${what}, but ${blobs} contains the blobs of a registry`, {
      hint: `move the journal back, or restore all of ${root} from one backup. To start with an empty registry, use another folder. Nothing was changed`,
    });
  }
}

function olderLayout(root: string): UsageError {
  return new UsageError(`${root} was written by an older version of the registry`, {
    hint: "start with an empty folder and push the images again: this version cannot read the old format",
  });
}

function foreign(root: string, names: readonly string[]): UsageError {
  const named = `${names.slice(0, 3).join(", ")}${names.length > 3 ? ", …" : ""}`;
  return new UsageError(`${root} is not empty and is not a registry folder: it contains ${named}`, {
    hint: "choose a registry folder, an empty folder, or a folder that does not exist yet. Nothing was changed",
  });
}

/** The entries of a folder; undefined if it does not exist. */
export async function entriesOf(folder: string): Promise<Dirent[] | undefined> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if (systemCodeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

async function lstatOf(path: string): Promise<Awaited<ReturnType<typeof lstat>> | undefined> {
  try {
    return await lstat(path);
  } catch (error) {
    if (systemCodeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}
