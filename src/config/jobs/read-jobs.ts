import { UsageError } from "../../errors.ts";
import { readMatrixEntries } from "../import/matrix-entries.ts";
import type { OpenedConfig } from "../parse.ts";
import type { Report } from "../schema/report.ts";
import { isRecord, type Path, type YamlFile } from "../yaml/yaml-file.ts";
import { fillEntry, textsOfEntry } from "./fill-entry.ts";
import type { JobConfig, JobEntry } from "./job-config.ts";
import { type JobSpec, parseJob } from "./parse-job.ts";

/** GitHub: a matrix makes at most 256 jobs. */
const mostEntries = 256;
/** Jobs of one config. */
const mostJobs = 50;

/**
 * The config's jobs with all their entries; problems go to its report. `readMatrix` reads a file
 * that is named relative to the config's folder, and throws a usage error without its name.
 */
export async function readJobs(
  { root, report }: Pick<OpenedConfig, "root" | "report">,
  readMatrix: (file: string) => Promise<YamlFile>,
): Promise<readonly JobConfig[]> {
  const raw = root["jobs"] ?? undefined;
  if (raw === undefined) return [];
  if (!isRecord(raw)) {
    report.add(["jobs"], "jobs must be a map", "use jobs: {darwin: {runner: macos-15, run: …}}");
    return [];
  }
  const all = Object.entries(raw);
  if (all.length > mostJobs) {
    report.add(["jobs"], `the config has ${all.length} jobs, but the limit is ${mostJobs}`);
    return [];
  }
  const declared = isRecord(root["dirs"]) ? Object.keys(root["dirs"]) : [];
  const specs = all.flatMap(([name, value]) => parseJob(name, value, declared, report) ?? []);
  const jobs = await Promise.all(
    specs.map(async (spec): Promise<JobConfig> => {
      const entries = await entriesOf(spec, readMatrix, report);
      return { name: spec.name, file: spec.matrix?.file, entries };
    }),
  );
  return jobs.filter(({ entries }) => entries.length > 0);
}

async function entriesOf(
  { at, template, matrix }: JobSpec,
  readMatrix: (file: string) => Promise<YamlFile>,
  report: Report,
): Promise<readonly JobEntry[]> {
  if (matrix === undefined) return [template];
  const yaml = await tried(matrix.file, [...at, "matrix"], report, readMatrix);
  if (yaml === undefined) return [];
  const { entries: found, expressions } = readMatrixEntries(
    matrix,
    textsOfEntry(template),
    yaml,
    report,
  );
  for (const { path, place } of expressions) {
    const what = `${path.join(".")} is an expression that only CI can evaluate`;
    report.add(
      [...at, "at"],
      `${place}: ${what}`,
      "set `at` to the paths of lists without expressions",
    );
  }
  if (found.length > mostEntries) {
    const hint = "split it into multiple jobs with where";
    report.add(
      [...at, "matrix"],
      `${at.join(".")} has ${found.length} entries, but the limit is ${mostEntries}`,
      hint,
    );
  }
  const entries = found.map((entry) => fillEntry(template, entry, at, report));
  checkEntries(entries, [...at, "name"], report);
  return entries;
}

async function tried(
  file: string,
  at: Path,
  report: Report,
  readMatrix: (file: string) => Promise<YamlFile>,
): Promise<YamlFile | undefined> {
  try {
    return await readMatrix(file);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    for (const { message, hint } of error.problems) {
      report.add(at, `${file}: ${message}`, hint ?? error.hint);
    }
    return undefined;
  }
}

/** Names are part of artifacts' names and of caches' keys. */
function checkEntries(entries: readonly JobEntry[], at: Path, report: Report): void {
  const seen = new Set<string>();
  for (const { name } of entries) {
    if (!/^[A-Za-z0-9][\w.+-]{0,99}$/.test(name)) {
      const hint = "use letters, digits and . _ + -, starting with a letter or a digit";
      report.add(at, `"${name}" is not a valid entry name`, hint);
    } else if (seen.has(name.toLowerCase())) {
      report.add(at, `multiple entries are named ${name}`, "add another field to the name");
    }
    seen.add(name.toLowerCase());
  }
}
