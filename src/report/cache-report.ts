import type { Inspection } from "../cache/use/inspect.ts";
import type { Verification } from "../cache/use/verify.ts";
import { count, formatBytes, renderTable } from "./table.ts";

/** What is in a cache, and its biggest steps, for people. */
export function renderInspection(name: string, inspection: Inspection, top: number): string {
  const { form, digest, size, records, results, layers, blobs, depth, problems } = inspection;
  const { oldest, newest, mediaTypes, steps } = inspection;
  const shown = steps.slice(0, top);
  const head = [
    name,
    `  ${form}, ${digest}`,
    `  ${count(records, "record")}, ${results} with a result, at most ${depth} deep; ${count(layers, "layer")}, ${count(blobs, "blob")}, ${formatBytes(size.blobs)}`,
    `  manifest ${formatBytes(size.manifest)}, config ${formatBytes(size.config)}, of 1.05 MB that BuildKit imports`,
    ...(oldest === null || newest === null ? [] : [`  made from ${oldest} to ${newest}`]),
    ...Object.entries(mediaTypes).map(([type, bytes]) => `  ${formatBytes(bytes)} of ${type}`),
    ...problems.map(({ message }) => `  cannot be imported: ${message}`),
  ];
  if (shown.length === 0) return head.join("\n");
  const columns = [
    { head: "ADDS", right: true },
    { head: "DEPTH", right: true },
    { head: "MADE" },
    { head: "STEP" },
  ];
  const rows = shown.map(({ bytes, depth: at, createdAt, name: step, record, otherKeys }) => [
    formatBytes(bytes),
    String(at),
    createdAt ?? "",
    step ?? `key ${record}${otherKeys === 0 ? "" : ` and ${count(otherKeys, "other")}`}`,
  ]);
  const more =
    steps.length > shown.length ? [`${steps.length - shown.length} more; --top shows them`] : [];
  return [...head, "", renderTable(columns, rows), ...more].join("\n");
}

/** A line for each cache, and one for each problem. */
export function renderVerification({ name, problems, blobs, read }: Verification): string {
  const hashed = read === 0 ? "" : `, ${formatBytes(read)} hashed`;
  if (problems.length === 0) return `${name}: whole (${count(blobs, "blob")}${hashed})`;
  return [
    `${name}: ${count(problems.length, "problem")}`,
    ...problems.map(({ kind, message }) => `  ${kind}: ${message}`),
  ].join("\n");
}
