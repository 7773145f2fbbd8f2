import { rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { FormatError, UsageError } from "../../../errors.ts";
import type { Digest } from "../../../oci/digest.ts";
import { parseManifest } from "../../../oci/manifest.ts";
import type { Folders } from "../../root/folders.ts";
import type { Content, ManifestEntry } from "../index/index-entries.ts";
import type { Index } from "../index/stored-index.ts";
import type { Journal } from "../journal/journal.ts";
import { digestPath, type Layout } from "../../root/layout.ts";
import { factsOf } from "../manifests.ts";
import type { ManifestFacts } from "../journal/records.ts";
import { damagedHint } from "../journal/segment.ts";
import { settingAside } from "../../root/set-aside.ts";
import { renderSurvey, type Survey, surveyRoot } from "./survey.ts";

interface ReconcileOptions {
  readonly layout: Layout;
  readonly folders: Folders;
  /** Changes nothing on the disk. */
  readonly readOnly: boolean;
  /** Segment files that do not belong to the journal. */
  readonly strays: readonly string[];
  readonly onWarning: (message: string) => void;
}

/**
 * After a replay: leftovers of a crash are deleted, unknown and damaged files are set aside, and
 * manifests are read. Blobs whose file is missing or damaged count as missing. Throws a usage
 * error, with nothing changed, if the journal lacks a content.
 */
export async function reconcile(
  index: Index,
  journal: Journal,
  options: ReconcileOptions,
): Promise<void> {
  const { layout, readOnly, onWarning } = options;
  const wanted = new Set<Content>();
  for (const content of index.contents.values()) {
    if (content.references === 0) continue;
    if (content.segment === 0) throw lacking(layout, content.digest);
    if (content.offset < 0) wanted.add(content);
  }
  for (const repository of index.repositories.values()) {
    for (const entry of repository.manifests.values()) {
      index.learn(repository, entry, readFacts(journal, layout, entry));
    }
  }
  const known = (digest: Digest): boolean => index.contents.has(digest);
  const survey = await surveyRoot(layout, { wanted, strays: options.strays, known });
  const moved = readOnly ? [] : await tidy(survey, options);
  const namesOf = (content: Content): string[] => repositoriesWith(index, content.digest);
  for (const line of renderSurvey(survey, layout, { moved, namesOf })) onWarning(line);
  for (const content of survey.missing) index.lose(content);
  for (const { content } of survey.damaged) index.lose(content);
  if (!readOnly) return;
  for (const { digest } of survey.found) {
    const content = index.contents.get(digest);
    if (content !== undefined) index.lose(content);
  }
}

/** Returns the new paths of what was set aside. */
async function tidy(survey: Survey, { layout, folders }: ReconcileOptions): Promise<string[]> {
  const setAside = settingAside(layout);
  for (const { digest, path } of survey.found) {
    const target = digestPath(layout.blobs, digest);
    await folders.ensure(dirname(target));
    await rename(path, target);
    await folders.sync(dirname(target));
  }
  const moved: string[] = [];
  for (const { path } of survey.damaged) moved.push(setAside(path));
  for (const path of survey.unknown) moved.push(setAside(path));
  // Blobs before uploads: only the upload that is linked to a blob marks it as a leftover.
  const isUpload = (path: string): boolean => dirname(path) === layout.uploads;
  for (const path of survey.leftOver.filter((each) => !isUpload(each))) await rm(path);
  for (const path of survey.leftOver.filter(isUpload)) await rm(path);
  return moved;
}

function repositoriesWith(index: Index, digest: Digest): string[] {
  return [...index.repositories.values()]
    .filter(({ blobs, manifests }) => blobs.has(digest) || manifests.has(digest))
    .map(({ name }) => name);
}

function readFacts(journal: Journal, layout: Layout, { content }: ManifestEntry): ManifestFacts {
  if (content.offset < 0) throw lacking(layout, content.digest);
  const bytes = journal.read(content, content.size);
  try {
    return factsOf(parseManifest(bytes), content.digest, content.size);
  } catch (cause) {
    if (cause instanceof FormatError) throw lacking(layout, content.digest, cause);
    throw cause;
  }
}

function lacking(layout: Layout, digest: Digest, cause?: unknown): UsageError {
  return new UsageError(
    `the registry journal in ${layout.journal} has no entry for ${digest}: some journal files are missing or damaged`,
    { cause, hint: damagedHint(layout.journal) },
  );
}
