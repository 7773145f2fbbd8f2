import { hash } from "node:crypto";
import { type Digest, digestOf } from "../oci/digest.ts";
import { compileGlobs, compileIgnore, type PathRules } from "../dockerfile/ignore.ts";
import { isRemoteContext } from "../dockerfile/remote-source.ts";
import { type ContextEntry, createContextReader } from "./context-reader.ts";

/** A build context's content, told by a digest. */
export interface ContextHash {
  readonly digest: Digest;
  /** Entries that are not folders. */
  readonly files: number;
  readonly bytes: number;
  /** The digest of each entry at the top, so that it can be told what changed. */
  readonly entries: Readonly<Record<string, Digest>>;
  readonly warnings: readonly string[];
}

export interface ContextOptions {
  /** What the ignore file leaves out. */
  readonly ignore?: PathRules;
  /** Globs that narrow the context, at the user's word. None: all of it. */
  readonly inputs?: readonly string[];
}

export type ContextHasher = (root: string, options?: ContextOptions) => Promise<ContextHash>;

/**
 * The hash of what BuildKit sees of a context: each entry's path, type, full mode and content
 * or link target, in the order of the paths' bytes; owners and times do not count (BuildKit:
 * cache/contenthash, and the client, which clears them). The files are those on disk, whatever
 * git thinks of them. A context that is a URL or a git reference is told by its reference alone.
 * Throws a usage error that names a file that cannot be read or that goes while it is read.
 */
export function hashContext(root: string, options: ContextOptions = {}): Promise<ContextHash> {
  return createContextHasher()(root, options);
}

/**
 * Hashes contexts, the same one with the same rules only once, and each file only once, however
 * many contexts it is in. Files are taken not to change while the hasher is in use.
 */
export function createContextHasher(): ContextHasher {
  const read = createContextReader();
  const known = new Map<string, Promise<ContextHash>>();
  return (root, options = {}) => {
    const { ignore = noRules, inputs = [] } = options;
    const key = JSON.stringify([root, ignore.key, inputs]);
    let hashed = known.get(key);
    if (hashed === undefined) {
      hashed = Promise.resolve().then(() => {
        if (isRemoteContext(root)) return hashRemote(root);
        const globs = inputs.length === 0 ? undefined : compileGlobs(inputs);
        return summarise(read(root, ignore, globs), root);
      });
      known.set(key, hashed);
    }
    return hashed;
  };
}

const noRules = compileIgnore("");

function hashRemote(ref: string): ContextHash {
  return {
    digest: digestOf(`layerkeep.context.v1 remote\0${ref}`),
    files: 0,
    bytes: 0,
    entries: {},
    warnings: [],
  };
}

function summarise(all: readonly ContextEntry[], root: string): ContextHash {
  const lines = new Map<string, string[]>();
  let files = 0;
  let bytes = 0;
  for (const entry of all) {
    const slash = entry.path.indexOf("/");
    const top = slash < 0 ? entry.path : entry.path.slice(0, slash);
    const line = `${entry.type}\0${entry.mode.toString(8)}\0${entry.path}\0${entry.content}\0`;
    const group = lines.get(top);
    if (group === undefined) lines.set(top, [line]);
    else group.push(line);
    if (entry.type === "dir") continue;
    files++;
    bytes += entry.size;
  }
  const tops = inByteOrder([...lines.keys()]);
  const entries = tops.map((top): [string, Digest] => {
    return [top, `sha256:${hash("sha256", (lines.get(top) ?? []).join(""))}`];
  });
  return {
    digest: digestOf(`layerkeep.context.v1\0${entries.flat().join("\0")}`),
    files,
    bytes,
    entries: Object.fromEntries(entries),
    warnings: lines.has(".git")
      ? [
          `the context ${root} holds .git, which changes with every commit: what copies the whole context is never built once and reused (leave it out with a line ".git" in .dockerignore)`,
        ]
      : [],
  };
}

/** Sorted as their UTF-8 bytes are. JavaScript's own order differs above U+D7FF only. */
export function inByteOrder(paths: string[]): string[] {
  if (!paths.some((path) => /[\uD800-\uFFFF]/.test(path))) return paths.sort();
  return paths.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}
