import { lstatSync } from "node:fs";
import { FormatError } from "../../errors.ts";
import { type Digest, hasDigest } from "../../oci/digest.ts";
import { parseManifest, referredBy } from "../../oci/manifest.ts";
import type { Content, Repository } from "../store/index/index-entries.ts";
import type { Index } from "../store/index/stored-index.ts";
import { digestPath, type Layout } from "../root/layout.ts";
import { factsOf } from "../store/manifests.ts";
import { damageInFile } from "../store/soundness/file-damage.ts";
import { setAsidePath } from "../store/soundness/survey.ts";
import { type OwnSegment, salvageFile } from "./check-journal.ts";

/** A blob or manifest that a repository should have but that cannot be served. */
export interface ContentProblem {
  readonly repository: string;
  readonly kind: "blob" | "manifest";
  readonly digest: Digest;
  /** The tags that lead to it. */
  readonly tags: readonly string[];
  readonly why: string;
  /** The repository has no record of it, though one of its manifests or tags names it. */
  readonly isUnlinked: boolean;
  /** A copy of its bytes, if there is one. */
  readonly copy: Copy | undefined;
}

/** `stored`: another repository has it. Otherwise a blob file, or a file that was set aside. */
type Copy = "stored" | { readonly path: string; readonly size: number };

export interface ContentCheck {
  readonly problems: readonly ContentProblem[];
  /** How many blobs and manifests were read, each counted once, and their total bytes. */
  readonly contents: number;
  readonly bytes: number;
}

interface CheckOptions {
  readonly layout: Layout;
  readonly segments: readonly OwnSegment[];
  /** The journal has lost records, so content that repositories lack may not have been deleted. */
  readonly hasLostRecords: boolean;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads every blob and manifest that a repository has and compares it with its digest; checks that
 * each repository has everything that its manifests and tags name. Adds the manifests' facts to the
 * index.
 */
export async function checkContents(index: Index, options: CheckOptions): Promise<ContentCheck> {
  const wanted = [...index.contents.values()].filter(({ references }) => references > 0);
  const lost = new Map<Digest, Lost>();
  for (const content of wanted) {
    if (content.segment > 0) continue;
    const copy = await findCopy(content.digest, options);
    lost.set(content.digest, { why: "its record in the journal is missing", copy });
  }
  const parts = await checkInJournal(index, wanted, lost, options);
  for (const content of wanted) {
    options.signal?.throwIfAborted();
    if (content.segment === 0 || content.offset >= 0) continue;
    const found = await checkFile(content, options);
    if (found !== undefined) lost.set(content.digest, found);
  }
  const problems: ContentProblem[] = [];
  for (const repository of index.repositories.values()) {
    for (const problem of problemsOf(repository, lost, parts)) {
      const isGone = problem.isUnlinked && options.hasLostRecords;
      const copy = isGone ? await copyFor(problem.digest, index, lost, options) : problem.copy;
      problems.push({ ...problem, copy });
    }
  }
  const bytes = wanted.reduce((sum, { size }) => sum + size, 0);
  return { problems, contents: wanted.length, bytes };
}

interface Lost {
  readonly why: string;
  readonly copy?: Copy | undefined;
}

interface Part {
  readonly kind: "blob" | "manifest";
  readonly digest: Digest;
}

/** Returns what each readable manifest refers to. */
async function checkInJournal(
  index: Index,
  wanted: readonly Content[],
  lost: Map<Digest, Lost>,
  { segments, signal }: CheckOptions,
): Promise<Map<Digest, readonly Part[]>> {
  const parts = new Map<Digest, readonly Part[]>();
  const manifests = new Set(
    [...index.repositories.values()].flatMap(({ manifests: all }) => [...all.keys()]),
  );
  for (const segment of segments) {
    signal?.throwIfAborted();
    const here = wanted.filter(({ segment: at, offset }) => at === segment.number && offset >= 0);
    const salvage = here.length === 0 ? undefined : await salvageFile(segment);
    if (salvage === undefined) continue;
    for (const { digest, size, offset } of here) {
      const bytes = salvage.bytes.subarray(offset, offset + size);
      if (!hasDigest(bytes, digest))
        lost.set(digest, { why: "its data in the journal is damaged" });
      else if (manifests.has(digest)) {
        const read = partsOf(bytes);
        if (read === undefined) lost.set(digest, { why: "it cannot be read as a manifest" });
        else parts.set(digest, learn(index, digest, bytes, read));
      }
    }
  }
  return parts;
}

function learn(
  index: Index,
  digest: Digest,
  bytes: Uint8Array,
  parts: readonly Part[],
): readonly Part[] {
  const facts = factsOf(parseManifest(bytes), digest, bytes.length);
  for (const repository of index.repositories.values()) {
    const entry = repository.manifests.get(digest);
    if (entry !== undefined) index.learn(repository, entry, facts);
  }
  return parts;
}

function partsOf(bytes: Uint8Array): readonly Part[] | undefined {
  try {
    const { manifests, blobs } = referredBy(parseManifest(bytes));
    return [
      ...manifests.map(({ digest }): Part => ({ kind: "manifest", digest })),
      ...blobs.map(({ digest }): Part => ({ kind: "blob", digest })),
    ];
  } catch (error) {
    if (error instanceof FormatError) return undefined;
    throw error;
  }
}

async function checkFile(
  { digest, size }: Content,
  options: CheckOptions,
): Promise<Lost | undefined> {
  const { layout, signal } = options;
  const why = await damageInFile(digestPath(layout.blobs, digest), digest, size, { signal });
  if (why === undefined) return undefined;
  return { why: `its file is damaged: ${why}`, copy: await findCopy(digest, options) };
}

async function copyFor(
  digest: Digest,
  index: Index,
  lost: ReadonlyMap<Digest, Lost>,
  options: CheckOptions,
): Promise<Copy | undefined> {
  const content = index.contents.get(digest);
  const isStored = content !== undefined && content.segment > 0 && content.references > 0;
  return isStored && !lost.has(digest) ? "stored" : findCopy(digest, options);
}

/** A file with the right bytes, even if the journal does not name it. */
async function findCopy(
  digest: Digest,
  { layout, signal }: CheckOptions,
): Promise<Copy | undefined> {
  for (const path of [digestPath(layout.blobs, digest), setAsidePath(layout, digest)]) {
    const size = lstatSync(path, { throwIfNoEntry: false })?.size;
    if (size === undefined) continue;
    if ((await damageInFile(path, digest, size, { signal })) === undefined) return { path, size };
  }
  return undefined;
}

function problemsOf(
  repository: Repository,
  lost: ReadonlyMap<Digest, Lost>,
  parts: ReadonlyMap<Digest, readonly Part[]>,
): ContentProblem[] {
  const { name, blobs, manifests, tags } = repository;
  const problems: Omit<ContentProblem, "tags">[] = [];
  const report = (kind: Part["kind"], digest: Digest, isUnlinked: boolean, found: Lost): void =>
    void problems.push({ repository: name, kind, digest, isUnlinked, copy: undefined, ...found });
  for (const [kind, entries] of [["blob", blobs] as const, ["manifest", manifests] as const]) {
    for (const digest of entries.keys()) {
      const found = lost.get(digest);
      if (found !== undefined) report(kind, digest, false, found);
    }
  }
  const absent = new Map<Digest, Part & Lost>();
  for (const digest of manifests.keys()) {
    for (const part of parts.get(digest) ?? []) {
      const isThere = part.kind === "blob" ? blobs.has(part.digest) : manifests.has(part.digest);
      const why = `${digest} refers to it, but the repository does not contain it`;
      if (!isThere && !absent.has(part.digest)) absent.set(part.digest, { ...part, why });
    }
  }
  for (const [tag, { digest }] of tags) {
    const why = `the tag ${tag} points to it, but the repository does not contain it`;
    if (!manifests.has(digest)) absent.set(digest, { kind: "manifest", digest, why });
  }
  for (const { kind, digest, why } of absent.values()) report(kind, digest, true, { why });
  const parents = problems.length === 0 ? new Map() : parentsIn(repository, parts);
  return problems.map((problem) => ({
    ...problem,
    tags: tagsLeadingTo(problem.digest, repository, parents),
  }));
}

type Parents = ReadonlyMap<Digest, readonly Digest[]>;

function parentsIn(
  { manifests }: Repository,
  parts: ReadonlyMap<Digest, readonly Part[]>,
): Map<Digest, Digest[]> {
  const parents = new Map<Digest, Digest[]>();
  for (const parent of manifests.keys()) {
    for (const { digest } of parts.get(parent) ?? []) {
      parents.set(digest, [...(parents.get(digest) ?? []), parent]);
    }
  }
  return parents;
}

function tagsLeadingTo(digest: Digest, { tags }: Repository, parents: Parents): string[] {
  const leading = new Set([digest]);
  for (const each of leading) for (const parent of parents.get(each) ?? []) leading.add(parent);
  return [...tags].flatMap(([tag, named]) => (leading.has(named.digest) ? [tag] : [])).sort();
}
