import { count } from "../../count.ts";
import type { CacheCopy } from "../../cache/use/copy.ts";
import type { BlobSum, CacheDiff } from "../../cache/use/diff.ts";
import type { CachedStep, Inspection } from "../../cache/use/inspect.ts";
import type { Trimmed } from "../../cache/use/trim.ts";
import type { Verification } from "../../cache/use/verify.ts";
import { formatAge } from "../age.ts";
import { formatBytes, type Page, renderTable } from "../table.ts";

/** What is shown of a cache. */
interface InspectionView {
  /** How many steps. */
  readonly top: number;
  readonly digests: boolean;
  readonly now: Date;
}

/** A cache's content and its biggest steps, for people. */
export function renderInspection(
  name: string,
  inspection: Inspection,
  { top, digests, now }: InspectionView,
  page: Page = {},
): string {
  const { form, digest, size, records, results, layers, blobs, depth, ends, problems } = inspection;
  const { oldest, newest, mediaTypes, steps } = inspection;
  const shown = steps.slice(0, top);
  const head = [
    name,
    `  ${form}${digests ? `, ${digest}` : ""}`,
    `  ${count(records, "record")}, ${results} with a result, up to ${count(depth, "level")} deep; ${count(layers, "layer")}, ${count(blobs, "blob")}, ${formatBytes(size.blobs)}`,
    `  manifest ${formatBytes(size.manifest)}, config ${formatBytes(size.config)} (BuildKit's import limit: 1.05 MB for each)`,
    ...(oldest === null || newest === null
      ? []
      : [`  ${renderAges(formatAge(oldest, now), formatAge(newest, now))}`]),
    ...Object.entries(mediaTypes).map(([type, bytes]) => `  ${formatBytes(bytes)} of ${type}`),
    ...(ends > 1
      ? [
          `  ${ends} end records: BuildKit may lose random steps of this cache. To fix this, copy the cache onto itself with \`layerkeep cache copy\``,
        ]
      : []),
    ...problems.map(({ message }) => `  cannot be imported: ${message}`),
  ];
  if (shown.length === 0) return head.join("\n");
  const columns = [
    { head: "ADDS", right: true },
    { head: "DEPTH", right: true, optional: true },
    { head: "MADE" },
    { head: "STEP" },
  ];
  const rows = shown.map((step) => [
    formatBytes(step.bytes),
    String(step.depth),
    step.createdAt === null ? "" : formatAge(step.createdAt, now),
    describeStep(step, digests),
  ]);
  const more =
    steps.length > shown.length
      ? [`${steps.length - shown.length} more; use --top to show them`]
      : [];
  const unnamed = shown.filter((step) => step.name === null).length;
  const note =
    unnamed === 0 || digests
      ? []
      : [
          `${count(unnamed, "step")} without a name: no build in the log ran ${unnamed === 1 ? "it" : "them"}, or there is no log; use --digests to show cache keys`,
        ];
  return [...head, "", renderTable(columns, rows, page), ...more, ...note].join("\n");
}

function renderAges(oldest: string, newest: string): string {
  return oldest === newest ? `created ${oldest}` : `created ${oldest} to ${newest}`;
}

/** `Dockerfile:12 RUN npm ci`, or as much of it as is known. */
function describeStep({ name, place, record, otherKeys }: CachedStep, digests: boolean): string {
  const key = `key ${record}${otherKeys === 0 ? "" : ` and ${count(otherKeys, "other")}`}`;
  if (name === null) return digests ? key : "?";
  const shown = place === null ? name : `${place} ${name.replace(/^\[[^\]]*\] /, "")}`;
  return digests ? `${shown} (${key})` : shown;
}

/** What a build would use of a cache, a line for each step. */
export function renderUsable(
  steps: readonly { readonly name: string; readonly from: string }[],
  page: Page = {},
): string {
  const words: Readonly<Record<string, string>> = {
    cache: "from the cache",
    builder: "in the builder",
    runs: "would run",
    unknown: "after a step that runs",
  };
  const number = (from: string): number => steps.filter((step) => step.from === from).length;
  const rows = steps.map(({ name, from }) => [words[from] ?? from, name]);
  const here = number("builder");
  const last = `a build would reuse ${number("cache")} of ${count(steps.length, "step")} from this cache`;
  const hint =
    here === 0
      ? ""
      : `; the builder already has ${here}. To check those, use an empty builder (--builder)`;
  return `${renderTable([{ head: "IN A BUILD" }, { head: "STEP" }], rows, page)}\n\n${last}${hint}`;
}

/** The result of a copy. */
export function renderCopy({ sources, target, manifest, records, blobs }: CacheCopy): string {
  const ways = Object.entries(blobs).flatMap(([how, { count: number, bytes }]) =>
    number === 0 ? [] : [`${count(number, "blob")} ${how} (${formatBytes(bytes)})`],
  );
  return [
    ...sources,
    `  written to ${target}, ${manifest.digest}`,
    `  ${[count(records, "record"), ...ways].join(", ")}`,
  ].join("\n");
}

/** The result of a trim: what the cache has lost, and where it is. */
export function renderTrim(copy: CacheCopy, { records, blobs }: Omit<Trimmed, "content">): string {
  const lost =
    records.before === records.after
      ? "nothing to trim"
      : `removed: ${records.before - records.after} of ${count(records.before, "record")}, ${formatBytes(blobs.before - blobs.after)} of ${formatBytes(blobs.before)}`;
  return `${renderCopy(copy)}\n  ${lost}`;
}

/** A line for each cache, and one for each problem. */
export function renderVerification({ name, problems, blobs, read }: Verification): string {
  const hashed = read === 0 ? "" : `, ${formatBytes(read)} hashed`;
  if (problems.length === 0) return `${name}: complete (${count(blobs, "blob")}${hashed})`;
  return [
    `${name}: ${count(problems.length, "problem")}`,
    ...problems.map(({ kind, message }) => `  ${kind}: ${message}`),
  ].join("\n");
}

/** The content removed and added between two caches, and their first different steps. */
export function renderDiff({ records, blobs, parts }: CacheDiff, page: Page = {}): string {
  const columns = [
    { head: "" },
    { head: "RECORDS", right: true },
    { head: "BLOBS", right: true },
    { head: "BYTES", right: true },
  ];
  const row = (name: string, number: number, { count: blobsOf, bytes }: BlobSum): string[] => [
    name,
    String(number),
    String(blobsOf),
    formatBytes(bytes),
  ];
  const table = renderTable(
    columns,
    [
      row("in both", records.both, blobs.both),
      row("gone", records.gone, blobs.gone),
      row("new", records.new, blobs.new),
    ],
    page,
  );
  const shown = parts.slice(0, 10).map(({ depth, name, record, bytes }) => {
    const size = bytes === null ? "no result" : formatBytes(bytes);
    return `  at depth ${depth}: ${name ?? `key ${record}`} (${size})`;
  });
  if (shown.length === 0) return `${table}\nevery step of the second cache is also in the first`;
  const more = parts.length > shown.length ? [`  and ${parts.length - shown.length} more`] : [];
  return [table, "", "first steps that differ", ...shown, ...more].join("\n");
}
