import { lstatSync, renameSync } from "node:fs";
import { systemCodeOf } from "../../../errors.ts";
import { type Digest, hasDigest } from "../../../oci/digest.ts";
import { endOfDamage, frameEnd } from "../journal/frame.ts";
import type { Content } from "../index/index-entries.ts";
import type { Index } from "../index/stored-index.ts";
import type { Journal } from "../journal/journal.ts";
import { digestPath, type Layout } from "../../root/layout.ts";
import { readWhole, type Segment } from "../journal/segment.ts";
import { damageInFile } from "./file-damage.ts";
import { settingAside } from "../../root/set-aside.ts";

export interface ScrubOptions {
  /** Waits after work that took this many milliseconds, so that requests come first. */
  readonly pause: (spentMs: number) => Promise<void>;
  /** Aborts it between two steps. */
  readonly signal: AbortSignal;
}

export interface ScrubResult {
  /** How many bytes were read. */
  readonly bytes: number;
  /** Damaged blobs and manifests; they are no longer served. */
  readonly damaged: readonly Digest[];
}

interface Parts {
  readonly layout: Layout;
  readonly index: Index;
  readonly journal: Journal;
  /** Drops a content from memory. */
  readonly forget: (digest: Digest) => void;
  readonly onWarning: (message: string) => void;
}

/**
 * Reads all stored content and compares it with its digests and checksums, while requests are
 * served. Damaged content is reported and no longer served, so that the next push repairs it; a
 * damaged file is set aside.
 */
export async function scrub(parts: Parts, options: ScrubOptions): Promise<ScrubResult> {
  const damaged: Digest[] = [];
  let bytes = 0;
  for (const segment of parts.journal.segments) {
    if (options.signal.aborted) break;
    bytes += segment.size;
    damaged.push(...(await scrubSegment(segment, parts, options)));
  }
  const files = [...parts.index.contents.values()].filter(isInFile);
  for (const content of files) {
    if (options.signal.aborted) break;
    bytes += content.size;
    if (await isDamagedFile(content, parts, options)) damaged.push(content.digest);
  }
  return { bytes, damaged };
}

const toRepair =
  "stop the registry and run `layerkeep registry check --repair`, or the registry will not start again";

function isInFile({ segment, offset }: Content): boolean {
  return segment > 0 && offset < 0;
}

async function scrubSegment(
  segment: Segment,
  { index, forget, onWarning }: Parts,
  { pause, signal }: ScrubOptions,
): Promise<Digest[]> {
  const { number, path, size, head } = segment;
  let started = performance.now();
  const bytes = await readWhole(path, Buffer.alloc(0)).catch((error: unknown) => {
    if (systemCodeOf(error) !== "EIO") {
      unlessMissing(error);
      return;
    }
    onWarning(`the registry journal ${path} can no longer be read from the disk: ${toRepair}`);
    return undefined;
  });
  // It was deleted by a compaction meanwhile.
  if (bytes === undefined) return [];
  const damaged: Digest[] = [];
  const end = Math.min(size, bytes.length);
  for (let at = head.bytes; at < end && !signal.aborted; ) {
    const next = frameEnd(bytes, at, head.salt);
    if (performance.now() - started > 5) {
      await pause(performance.now() - started);
      started = performance.now();
    }
    if (next !== undefined) {
      at = next;
      continue;
    }
    const stop = Math.min(endOfDamage(bytes, at, head.salt), end);
    onWarning(`the registry journal ${path} is damaged at byte ${at}: ${toRepair}`);
    for (const content of [...index.contents.values()]) {
      if (content.segment !== number || content.offset < at || content.offset >= stop) continue;
      const { digest, offset } = content;
      if (hasDigest(bytes.subarray(offset, offset + content.size), digest)) continue;
      if (index.contents.isPinned(digest)) continue;
      onWarning(`${describe(index, digest)} is damaged. Push it again to repair it`);
      forget(digest);
      index.lose(content);
      damaged.push(digest);
    }
    at = stop;
  }
  return damaged;
}

async function isDamagedFile(
  content: Content,
  { index, layout, onWarning }: Parts,
  options: ScrubOptions,
): Promise<boolean> {
  const { digest, size } = content;
  const path = digestPath(layout.blobs, digest);
  const before = lstatSync(path, { throwIfNoEntry: false });
  const why = await damageInFile(path, digest, size, options).catch((error: unknown) => {
    if (options.signal.aborted) return undefined;
    throw error;
  });
  if (why === undefined) return false;
  // Everything from here on is one step: otherwise a push could put a good file there at any
  // moment.
  const now = lstatSync(path, { throwIfNoEntry: false });
  const isSame = now?.ino === before?.ino && now?.mtimeMs === before?.mtimeMs;
  if (!isSame || index.contents.get(digest) !== content || index.contents.isPinned(digest))
    return false;
  onWarning(
    `the stored file of ${describe(index, digest)} is damaged: ${why}. Push the blob again to repair it`,
  );
  // First, because a lost content is referenced by nobody, and then its file is deleted.
  if (now !== undefined) takeAway(path, layout);
  index.lose(content);
  return true;
}

function takeAway(path: string, layout: Layout): void {
  try {
    settingAside(layout)(path);
  } catch (error) {
    // On a full disk, for example. The next start sets it aside because of its name.
    if (systemCodeOf(error) === undefined) throw error;
    renameSync(path, `${path}.damaged`);
  }
}

/** The digest, with the repositories that have it and their tags that name it. */
function describe(index: Index, digest: Digest): string {
  const named = [...index.repositories.values()].flatMap(({ name, blobs, manifests, tags }) => {
    if (!blobs.has(digest) && !manifests.has(digest)) return [];
    const own = [...tags].flatMap(([tag, entry]) => (entry.digest === digest ? [tag] : []));
    return [own.length === 0 ? name : `${name}:${own.join(",")}`];
  });
  return `${digest} in ${named.join(", ")}`;
}

function unlessMissing(error: unknown): undefined {
  if (systemCodeOf(error) === "ENOENT") return undefined;
  throw error;
}
