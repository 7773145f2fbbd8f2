import { count } from "../../../count.ts";
import { lstatSync } from "node:fs";
import { join, relative } from "node:path";
import { algorithmOf, type Digest, hexOf, isDigest } from "../../../oci/digest.ts";
import { damageInFile, damageOf } from "./file-damage.ts";
import type { Content } from "../index/index-entries.ts";
import type { Layout } from "../../root/layout.ts";
import { entriesOf, isTemporaryName } from "../../root/inspect-root.ts";
import { isSegmentName } from "../journal/segment.ts";

/** What a start found in a root, and how to treat it. */
export interface Survey {
  /** Left over from a crash: it was never acknowledged. */
  readonly leftOver: readonly string[];
  /** Not the store's, as far as it can know. */
  readonly unknown: readonly string[];
  /** Blob files that are not what was written. */
  readonly damaged: readonly Finding[];
  /** Set aside by an earlier start, but now named by the journal. */
  readonly found: readonly { readonly digest: Digest; readonly path: string }[];
  /** Named by the journal, but without a file. */
  readonly missing: readonly Content[];
}

interface Finding {
  readonly content: Content;
  readonly path: string;
  /** Such as `it has 10 of 100 bytes`. */
  readonly why: string;
}

/**
 * Compares the files of a root with what the journal names, and changes nothing. `wanted` are the
 * contents with a file of their own; `strays` are foreign files in the journal's folder; `known`
 * says whether the journal ever named a digest.
 */
export async function surveyRoot(
  layout: Layout,
  {
    wanted,
    strays,
    known,
  }: {
    readonly wanted: ReadonlySet<Content>;
    readonly strays: readonly string[];
    readonly known: (digest: Digest) => boolean;
  },
): Promise<Survey> {
  const { leftOver, unknown, inodes } = await surveyUploads(layout);
  const damaged: Finding[] = [];
  const left = new Map([...wanted].map((content) => [content.digest, content]));
  for (const { name: algorithm } of (await entriesOf(layout.blobs)) ?? []) {
    if (algorithm !== "sha256" && algorithm !== "sha512") {
      unknown.push(join(layout.blobs, algorithm));
      continue;
    }
    for (const file of (await entriesOf(join(layout.blobs, algorithm))) ?? []) {
      const path = join(layout.blobs, algorithm, file.name);
      const digest = `${algorithm}:${file.name}`;
      const content = isDigest(digest) ? left.get(digest) : undefined;
      if (content !== undefined) {
        const why = damageOf(path, content.size);
        if (why !== undefined) damaged.push({ content, path, why });
        left.delete(content.digest);
      } else if (isDigest(digest) && (known(digest) || isLinkedTo(inodes, path)) && file.isFile()) {
        leftOver.push(path);
      } else {
        unknown.push(path);
      }
    }
  }
  for (const { name } of (await entriesOf(layout.journal)) ?? []) {
    if (!isSegmentName(name)) unknown.push(join(layout.journal, name));
  }
  unknown.push(...strays);
  const found: { digest: Digest; path: string }[] = [];
  for (const { digest, size } of left.values()) {
    const path = setAsidePath(layout, digest);
    // It may have been set aside because it is damaged.
    if ((await damageInFile(path, digest, size)) === undefined) found.push({ digest, path });
  }
  for (const { digest } of found) left.delete(digest);
  return { leftOver, unknown, damaged, found, missing: [...left.values()] };
}

/** Where a start puts an unknown blob, and looks for a missing one. */
export function setAsidePath(layout: Layout, digest: Digest): string {
  return join(layout.setAside, "blobs", algorithmOf(digest), hexOf(digest));
}

/** Files that were being written when the process ended, and foreign files next to them. */
async function surveyUploads(layout: Layout): Promise<{
  leftOver: string[];
  unknown: string[];
  inodes: Set<bigint>;
}> {
  const [leftOver, unknown]: [string[], string[]] = [[], []];
  const inodes = new Set<bigint>();
  for (const entry of (await entriesOf(layout.uploads)) ?? []) {
    const path = join(layout.uploads, entry.name);
    if (!entry.isFile() || !isTemporaryName(entry.name)) {
      unknown.push(path);
      continue;
    }
    leftOver.push(path);
    const stats = lstatSync(path, { bigint: true, throwIfNoEntry: false });
    if (stats !== undefined && stats.nlink > 1n) inodes.add(stats.ino);
  }
  return { leftOver, unknown, inodes };
}

/** A blob that is being pushed has a second link among the uploads until the journal names it. */
function isLinkedTo(inodes: ReadonlySet<bigint>, path: string): boolean {
  const stats = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  return stats !== undefined && inodes.has(stats.ino);
}

const mostNamed = 20;

/**
 * What a user should know about it, one warning a line. `moved` are the new paths of what was set
 * aside.
 */
export function renderSurvey(
  survey: Survey,
  layout: Layout,
  {
    moved,
    namesOf,
  }: { moved: readonly string[]; namesOf: (content: Content) => readonly string[] },
): string[] {
  const lines: string[] = [];
  const of = (content: Content): string => `${content.digest} in ${namesOf(content).join(", ")}`;
  for (const { content, why } of survey.damaged.slice(0, mostNamed)) {
    lines.push(
      `the stored file of ${of(content)} is damaged: ${why}. Push the blob again to repair it`,
    );
  }
  for (const content of survey.missing.slice(0, mostNamed)) {
    lines.push(`the stored file of ${of(content)} is missing. Push the blob again to repair it`);
  }
  const unnamed =
    Math.max(survey.damaged.length - mostNamed, 0) + Math.max(survey.missing.length - mostNamed, 0);
  if (unnamed > 0) lines.push(`${count(unnamed, "more blob")} are damaged or missing`);
  if (moved.length > 0) {
    const named = moved.slice(0, mostNamed).map((path) => relative(layout.setAside, path));
    const more = moved.length > named.length ? `, and ${moved.length - named.length} more` : "";
    const what = moved.length === 1 ? "1 file or folder" : `${moved.length} files or folders`;
    lines.push(
      `moved ${what} (unknown or damaged) from the registry folder to ${layout.setAside}: ${named.join(", ")}${more}`,
    );
  }
  return lines;
}
