import { randomUUID } from "node:crypto";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import * as v from "valibot";
import { readBounded } from "../../../bounded-file.ts";
import { messageOf, systemCodeOf, UsageError } from "../../../errors.ts";
import { cacheFolder } from "../../folders.ts";

/** The version of the control protocol, and of the state file that leads to it. */
const protocol = 1;

/** The server that has the default registry's folder, so that other commands find it. */
export interface ServerState {
  /** `127.0.0.1:PORT` of the registry. */
  readonly host: string;
  /** The port of its control server on 127.0.0.1. */
  readonly control: number;
  /** What both sides of the control protocol must know. */
  readonly token: string;
  readonly pid: number;
  /** The registry's folder. */
  readonly root: string;
  /** The version of Layerkeep that runs it. */
  readonly version: string;
  /** `background`: started by a command that needed it; `serve`: by `layerkeep registry serve`. */
  readonly kind: "background" | "serve";
}

/** Kept beside the registry's folder, since that contains nothing but the registry's data. */
export interface ServerFiles {
  readonly folder: string;
  /** Which server runs, if one does. */
  readonly state: string;
  /** The address that the background server had last. */
  readonly host: string;
  /** What the background server wrote to stderr. */
  readonly log: string;
}

const folderHint =
  "make the folder writable, or set XDG_CACHE_HOME to a writable folder on a disk with free space";
const mostBytes = 4096;
const port = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_535));
const schema = v.object({
  host: v.string(),
  control: port,
  token: v.pipe(v.string(), v.minLength(32)),
  pid: v.pipe(v.number(), v.integer(), v.minValue(1)),
  root: v.string(),
  version: v.string(),
  kind: v.picklist(["background", "serve"]),
});
const versioned = v.object({ protocol: v.number(), version: v.string(), pid: v.number() });

export function serverFiles(env: NodeJS.ProcessEnv): ServerFiles {
  const folder = join(cacheFolder(env), "registry-server");
  return {
    folder,
    state: join(folder, "state.json"),
    host: join(folder, "address"),
    log: join(folder, "log"),
  };
}

/**
 * The server that the state file names, which may have ended; undefined if there is none. Throws a
 * usage error if it speaks another version of the control protocol.
 */
export async function readState({ state: file }: ServerFiles): Promise<ServerState | undefined> {
  const value = await readJson(file);
  const head = v.safeParse(versioned, value);
  if (head.success && head.output.protocol !== protocol) {
    const { version, pid } = head.output;
    throw new UsageError(
      `this machine's registry is run by Layerkeep ${version} (process ${pid}), which is not compatible with this version`,
      { hint: `stop it with that version's \`layerkeep registry stop\`, or with \`kill ${pid}\`` },
    );
  }
  const parsed = v.safeParse(schema, value);
  return parsed.success ? parsed.output : undefined;
}

/** Writes the state file, which only this user can read. */
export async function writeState(files: ServerFiles, state: ServerState): Promise<void> {
  await replaceFile(files.state, `${JSON.stringify({ protocol, ...state })}\n`);
}

/** Deletes the state file, unless it is another server's. */
export async function removeState(files: ServerFiles, { token }: ServerState): Promise<void> {
  const found = await readState(files).catch(() => undefined);
  if (found?.token === token) await rm(files.state, { force: true });
}

/** Writes a file of the server's folder as a whole. Throws a usage error if it cannot. */
export async function replaceFile(file: string, text: string): Promise<void> {
  await makeServerFolder(dirname(file));
  const staged = `${file}.${randomUUID()}`;
  try {
    await writeFile(staged, text, { mode: 0o600 });
    await rename(staged, file);
  } catch (cause) {
    await rm(staged, { force: true });
    throw new UsageError(`cannot write ${file}: ${messageOf(cause)}`, { cause, hint: folderHint });
  }
}

/** Throws a usage error if the user's cache folder cannot be written. */
export async function makeServerFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new UsageError(`cannot create ${folder}: ${messageOf(cause)}`, {
      cause,
      hint: folderHint,
    });
  }
}

/**
 * Whether a file is neither this user's nor root's. In a folder that others can write to, such a file
 * would lead this user's images to another user's registry. Root reads everybody's, as in a container
 * with somebody's cache.
 */
export function isForeign(owner: number, user: number | undefined): boolean {
  return user !== undefined && user !== 0 && owner !== 0 && owner !== user;
}

async function readJson(file: string): Promise<unknown> {
  try {
    const read = await readBounded(file, mostBytes, ({ uid }) => {
      if (!isForeign(uid, process.getuid?.())) return;
      throw new UsageError(`${file} belongs to another user (uid ${uid})`, {
        hint: "set XDG_CACHE_HOME to a folder of your own",
      });
    });
    return JSON.parse(new TextDecoder().decode(read));
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const isAbsent = ["ENOENT", "ENOTDIR"].includes(systemCodeOf(error) ?? "");
    if (isAbsent || error instanceof SyntaxError) return undefined;
    throw new UsageError(`cannot read ${file}: ${messageOf(error)}`, {
      cause: error,
      hint: "make it readable by this user, or delete it",
    });
  }
}
