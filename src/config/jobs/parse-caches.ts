import { compileGlobs } from "../../dockerfile/ignore/ignore.ts";
import { messageOf, UsageError } from "../../errors.ts";
import { parseConfigPath } from "../config-path.ts";
import type { RawJob, RawJobCache } from "../schema/jobs-schema.ts";
import type { Report } from "../schema/report.ts";
import { parseSize } from "../size.ts";
import type { Path } from "../yaml/yaml-file.ts";
import type { CcacheCache, JobCache } from "./job-config.ts";

type Kind = JobCache["kind"];
type Parse<K extends Kind> = (
  raw: NonNullable<RawJobCache[K]>,
  at: Path,
  report: Report,
) => Extract<JobCache, { readonly kind: K }>;

/** Checks `caches` of a job; fields in its texts stay. Problems go to the report. */
export function parseCaches(raw: RawJob["caches"], at: Path, report: Report): readonly JobCache[] {
  const caches = (raw ?? []).flatMap((item, index): JobCache[] => {
    const cache = parseCache(item, [...at, index], report);
    return cache === undefined ? [] : [cache];
  });
  for (const [index, { kind }] of caches.entries()) {
    const first = caches.findIndex((cache) => cache.kind === kind);
    if (first < index) report.add([...at, index], `${kind} is listed twice`);
  }
  return caches;
}

function parseCache(item: string | RawJobCache, at: Path, report: Report): JobCache | undefined {
  const map: RawJobCache = typeof item === "string" ? { [item]: {} } : item;
  const [kind, ...others] = (["go", "homebrew", "ccache", "pip"] as const).filter(
    (name) => map[name] !== undefined,
  );
  if (kind === undefined || others.length > 0) {
    report.add(
      at,
      "each cache must be go, homebrew, ccache or pip",
      "use - go or - pip: {size: 1GB}",
    );
    return undefined;
  }
  switch (kind) {
    case "go":
      return parseGo(map.go ?? {}, [...at, kind], report);
    case "homebrew":
      return parseHomebrew(map.homebrew ?? {}, [...at, kind], report);
    case "ccache":
      return parseCcache(map.ccache ?? {}, [...at, kind], report);
    case "pip":
      return parsePip(map.pip ?? {}, [...at, kind], report);
  }
}

const parseGo: Parse<"go"> = ({ sums, size = "1GB" }, at, report) => ({
  kind: "go",
  sums: parseGlobs(sums ?? "**/go.sum", [...at, "sums"], report),
  size: sizeOf(size, at, report),
});

const parsePip: Parse<"pip"> = ({ requirements, size = "500MB" }, at, report) => ({
  kind: "pip",
  requirements: parseGlobs(requirements ?? "**/requirements*.txt", [...at, "requirements"], report),
  size: sizeOf(size, at, report),
});

const parseHomebrew: Parse<"homebrew"> = (raw, at, report) => {
  const { formulas = [], cellar = [], size = "500MB" } = raw;
  if (formulas.length === 0) {
    report.add(
      at,
      "the homebrew cache lists no formulas",
      "add the formulas to install, such as formulas: [protobuf]",
      "key",
    );
  }
  formulas.forEach((name, index) =>
    report.try([...at, "formulas", index], () => checkFormula(name)),
  );
  cellar.forEach((name, index) => {
    if (formulas.includes(name)) return;
    const hint = `add ${name} to formulas, so that it is installed if the cache is empty`;
    report.add([...at, "cellar", index], `${name} is not one of the formulas`, hint);
  });
  return { kind: "homebrew", formulas, cellar, size: sizeOf(size, at, report) };
};

const parseCcache: Parse<"ccache"> = ({ version, size = "500MB" }, at, report) => ({
  kind: "ccache",
  version: version === undefined ? undefined : parseVersion(version, [...at, "version"], report),
  size: sizeOf(size, at, report),
});

function parseVersion(
  { file, pattern }: NonNullable<CcacheCache["version"]>,
  at: Path,
  report: Report,
): CcacheCache["version"] {
  report.try([...at, "pattern"], () => checkPattern(pattern));
  return { file: report.try([...at, "file"], () => parseConfigPath(file)) ?? file, pattern };
}

/** Throws a usage error for a regular expression that is invalid, or has no group. */
function checkPattern(pattern: string): void {
  const groups = ((): number => {
    try {
      // The first alternative matches at once, and its result has all groups.
      return (new RegExp(`|${pattern}`).exec("")?.length ?? 1) - 1;
    } catch (cause) {
      throw new UsageError(`"${pattern}" is not a valid regular expression: ${messageOf(cause)}`, {
        cause,
      });
    }
  })();
  if (groups > 0) return;
  throw new UsageError(`"${pattern}" has no capture group`, {
    hint: "put parentheses around the version, as in VERSION=(\\S+)",
  });
}

/** Throws a usage error for what is no formula: it would be taken for another argument. */
function checkFormula(name: string): void {
  if (/^[a-z0-9][a-z0-9@._+-]*$/i.test(name)) return;
  throw new UsageError(`"${name}" is not a valid formula name`, {
    hint: "use a formula name from homebrew/core, such as protobuf or openssl@3",
  });
}

function parseGlobs(given: string | readonly string[], at: Path, report: Report) {
  const globs = typeof given === "string" ? [given] : given;
  report.try(at, () => compileGlobs(globs));
  return globs;
}

function sizeOf(text: string, at: Path, report: Report): number {
  return report.try([...at, "size"], () => parseSize(text)) ?? 0;
}
