import type { CacheType, OwnCache } from "../config.ts";
import { ownOptions } from "../schema/cache-schema.ts";
import type { Report } from "../schema/report.ts";
import type { RawVariant } from "../schema/variant-schema.ts";
import type { Path } from "../yaml/yaml-file.ts";
import { checkFrom, setOption } from "./cache.ts";

/**
 * What the `cache` of a variant says instead of the file's, whose type is given. Undefined if it
 * says nothing; problems go to the report.
 */
export function parseOwnCache(
  raw: RawVariant["cache"],
  type: CacheType,
  path: Path,
  report: Report,
): OwnCache | undefined {
  if (raw === undefined || raw === "true") return undefined;
  if (raw === "false") return { used: false, exportOptions: {}, from: undefined };
  const sides = { export: {}, import: {} };
  const { from, ...options } = raw;
  from?.forEach((text, index) => report.try([...path, "from", index], () => checkFrom(text)));
  for (const [name, value] of Object.entries(options)) {
    if (typeof value !== "string" || !ownOptions.has(name)) continue;
    setOption(type, name, value, { wanted: ["export"], path: [...path, name] }, sides, report);
  }
  return { used: true, exportOptions: sides.export, from };
}
