import { relative } from "node:path";
import type { RootCheck } from "../../server/check/check-root.ts";
import type { Change } from "../../server/store/journal/records.ts";
import { count } from "../../count.ts";
import { formatBytes } from "../table.ts";

/** What a check of a registry's folder found, and what a repair did about it, with a line end. */
export function renderCheck({ journal, contents }: RootCheck, root: string): string {
  const lines: string[] = [];
  for (const { path, at, bytes, why, isHarmless, doubtful } of journal) {
    const where = at === undefined ? "" : `, ${count(bytes ?? 0, "byte")} at ${at}`;
    const harm = isHarmless ? "; no data is lost" : "";
    lines.push(`${relative(root, path)}${where}: ${why}${harm}`);
    for (const change of doubtful) lines.push(`  may be wrong: ${describe(change)}`);
  }
  for (const { repository, kind, digest, tags, why, outcome } of contents) {
    const became = outcome === undefined ? "" : `; ${outcome}`;
    lines.push(`${repository}@${digest} (${kind}${namedTags(tags)}): ${why}${became}`);
  }
  return lines.map((line) => `${line}\n`).join("");
}

const mostTags = 5;

function namedTags(tags: readonly string[]): string {
  if (tags.length === 0) return ", no tag";
  const named = tags.slice(0, mostTags).join(", ");
  return `, ${named}${tags.length > mostTags ? ` and ${tags.length - mostTags} more` : ""}`;
}

/** `checked 12 blobs and manifests of 3 repositories, 34.5 MB: 2 are damaged or missing`. */
export function summariseCheck({ checked, repositories, contents, journal }: RootCheck): string {
  const what = `${checked.contents} blobs and manifests in ${count(repositories, "repository", "repositories")}`;
  const found = [
    contents.length > 0 ? `${contents.length} damaged or missing` : "",
    journal.length > 0 ? `${count(journal.length, "problem")} in the journal` : "",
  ].filter((part) => part !== "");
  const result = found.length === 0 ? "no damage found" : found.join(", ");
  return `checked ${what}, ${formatBytes(checked.bytes)}: ${result}`;
}

function describe(change: Change): string {
  switch (change.kind) {
    case "tag":
      return `${change.repository}:${change.tag} is ${change.digest}`;
    case "untag":
      return `${change.repository}:${change.tag} was deleted`;
    case "blob":
    case "manifest":
      return `${change.repository} contains the ${change.kind} ${change.digest}`;
    case "unblob":
    case "unmanifest":
      return `${change.digest} was deleted from ${change.repository}`;
    case "repository":
      return `${change.repository} exists`;
    case "content":
    case "file":
      return `${change.digest} has ${count(change.size, "byte")}`;
  }
}
