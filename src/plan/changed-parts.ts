import type { InputSummary } from "./plan.ts";

/**
 * Names of the inputs that came, went or differ. A folder's entries say more than the folder, and
 * the epoch is told with both of its values.
 */
export function changedParts(
  { parts: before }: InputSummary,
  { parts: now }: InputSummary,
): readonly string[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(now)])];
  const changed = names.filter((name) => before[name] !== now[name]);
  const entries = changed.some((name) => name.startsWith("context/"));
  return changed
    .filter((name) => name !== "context" || !entries)
    .map((name) =>
      name === "epoch" ? `epoch ${before[name] ?? "none"} to ${now[name] ?? "none"}` : name,
    );
}
