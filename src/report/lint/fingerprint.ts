import { createHash } from "node:crypto";
import type { Finding } from "../../lint/finding.ts";

/**
 * Names findings in a way that survives changes elsewhere in the file: by rule, path and the text of
 * the line, and by number if several are equal.
 */
export function fingerprintsOf(findings: readonly Finding[]): ReadonlyMap<Finding, string> {
  const seen = new Map<string, number>();
  return new Map(
    findings.map((finding) => {
      const key = keyOf(finding);
      const number = seen.get(key) ?? 0;
      seen.set(key, number + 1);
      const hash = createHash("sha256").update(`${key}\0${number}`).digest("hex");
      return [finding, hash.slice(0, 32)];
    }),
  );
}

function keyOf({ rule, span: { file, start } }: Finding): string {
  const from = file.text.lastIndexOf("\n", start - 1) + 1;
  const next = file.text.indexOf("\n", start);
  const line = file.text.slice(from, next < 0 ? undefined : next);
  return [rule, file.path, line.replace(/\s+/g, " ").trim()].join("\0");
}
