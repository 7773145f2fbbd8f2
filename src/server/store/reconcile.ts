import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { FormatError, UsageError } from "../../errors.ts";
import { type Digest, isDigest } from "../../oci/digest.ts";
import { parseManifest } from "../../oci/manifest.ts";
import { systemCodeOf } from "../reply.ts";
import type { Content, Index, ManifestEntry } from "./index.ts";
import type { Journal } from "./journal.ts";
import type { Layout } from "./layout.ts";
import { factsOf } from "./manifests.ts";
import type { ManifestFacts } from "./records.ts";

/**
 * After a replay: files that the journal does not name go, blobs whose file somebody removed by
 * hand are not there, and manifests are read. Throws a usage error where the journal lacks a
 * content.
 */
export async function reconcile(index: Index, journal: Journal, layout: Layout): Promise<void> {
  const wanted = new Set<Content>();
  for (const content of index.contents.values()) {
    if (content.references === 0) continue;
    if (content.segment === 0) throw lacking(layout, content.digest);
    if (content.offset < 0) wanted.add(content);
  }
  for (const algorithm of ["sha256", "sha512"]) {
    const folder = join(layout.blobs, algorithm);
    for (const file of await filesIn(folder)) {
      const digest = `${algorithm}:${file}`;
      const content = isDigest(digest) ? index.contents.get(digest) : undefined;
      if (content === undefined || !wanted.delete(content)) await rm(join(folder, file));
    }
  }
  for (const content of wanted) index.lose(content);
  for (const repository of index.repositories.values()) {
    for (const entry of repository.manifests.values()) {
      index.learn(repository, entry, readFacts(journal, layout, entry));
    }
  }
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

async function filesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (systemCodeOf(error) === "ENOENT") return [];
    throw error;
  }
}

function lacking(layout: Layout, digest: Digest, cause?: unknown): UsageError {
  return new UsageError(`the registry's journal in ${layout.journal} has lost ${digest}`, {
    cause,
    hint: "restore the folder from a copy, or move it away and begin with an empty one",
  });
}
