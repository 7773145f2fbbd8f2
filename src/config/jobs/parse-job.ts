import { compileGlobs } from "../../dockerfile/ignore/ignore.ts";
import { UsageError } from "../../errors.ts";
import { suggest } from "../../nearest.ts";
import type { MatrixList } from "../import/matrix-entries.ts";
import { matrixListOf, parseImportedFile } from "../import/spec.ts";
import { jobSchema, type RawJob } from "../schema/jobs-schema.ts";
import type { Report } from "../schema/report.ts";
import { checkShape } from "../schema/shape.ts";
import type { Path } from "../yaml/yaml-file.ts";
import type { JobEntry } from "./job-config.ts";
import { parseCaches } from "./parse-caches.ts";

/** A job before its matrix is read. */
export interface JobSpec {
  readonly name: string;
  readonly at: Path;
  /** An entry with fields in its texts. */
  readonly template: JobEntry;
  /** Undefined: the template is the only entry. */
  readonly matrix: MatrixList | undefined;
}

/** Checks one job of `jobs`; problems go to the report. `declared`: the names in `dirs`. */
export function parseJob(
  name: string,
  value: unknown,
  declared: readonly string[],
  report: Report,
): JobSpec | undefined {
  const at: Path = ["jobs", name];
  report.try(at, () => checkJobName(name), "key");
  const raw = checkShape(jobSchema, value, at, report, ["matrix", "at", "where", "name"]);
  if (raw === undefined) return undefined;
  for (const key of ["run", "runner"] as const) {
    if ((raw[key] ?? "").trim() !== "") continue;
    const hint =
      key === "run"
        ? "add a command, such as run: make darwin"
        : "add a runner, such as runner: macos-15";
    report.add([...at, key], `jobs.${name} has no ${key}`, hint);
  }
  checkTexts(raw, at, report);
  const template: JobEntry = {
    name: raw.name ?? name,
    runner: raw.runner ?? "",
    inputs: raw.inputs ?? [],
    env: raw.env ?? {},
    caches: parseCaches(raw.caches, [...at, "caches"], report),
    dirs: parseDirNames(raw.dirs ?? [], declared, [...at, "dirs"], report),
    run: raw.run ?? "",
    artifacts: raw.artifacts?.path,
  };
  if (raw.matrix === undefined) {
    refuseWithoutMatrix(raw, at, report);
    return { name, at, template, matrix: undefined };
  }
  const { matrix } = raw;
  if (raw.name === undefined) {
    report.add(
      at,
      `jobs.${name} has no name for its entries`,
      'add a name, such as name: "{backend}"',
      "key",
    );
  }
  const file = report.try([...at, "matrix"], () => parseImportedFile(matrix));
  if (file === undefined) return undefined;
  return { name, at, template, matrix: { at, file, ...matrixListOf(raw, at, report) } };
}

/** The jobs that every generated workflow has. */
const ownJobs = /^(?:plan|publish|prune|gate|build-\d+-\d+)$/i;

/** GitHub's own, which a workflow cannot set, and ours. Windows ignores the case. */
const ownVariables = /^(?:LAYERKEEP|GITHUB|RUNNER)_/i;

function checkJobName(name: string): void {
  if (ownJobs.test(name)) {
    throw new UsageError(`the job name "${name}" is reserved for the workflow`, {
      hint: "choose another name, such as darwin",
    });
  }
  if (!/^[A-Za-z_][\w-]{0,99}$/.test(name)) {
    throw new UsageError(`"${name}" is not a valid job name`, {
      hint: "use letters, digits, - and _, not starting with a digit",
    });
  }
}

function checkTexts({ run = "", env = {}, inputs }: RawJob, at: Path, report: Report): void {
  for (const [path, text] of [
    [["run"], run] as const,
    ...Object.entries(env).map(([name, value]) => [["env", name], value] as const),
  ]) {
    if (!text.includes("${{")) continue;
    const hint =
      "GitHub would not evaluate ${{ … }} here: use {field}, or a variable such as $GITHUB_SHA";
    report.add([...at, ...path], `jobs cannot contain GitHub expressions`, hint);
  }
  for (const name of Object.keys(env)) {
    const path = [...at, "env", name];
    if (!/^[A-Za-z_]\w*$/.test(name)) {
      report.add(path, `"${name}" is not a valid variable name`, undefined, "key");
    } else if (ownVariables.test(name)) {
      const hint = "choose a name that does not start with LAYERKEEP_, GITHUB_ or RUNNER_";
      report.add(path, `the variable name "${name}" is reserved`, hint, "key");
    }
  }
  report.try([...at, "inputs"], () => compileGlobs(inputs ?? []));
}

function parseDirNames(
  names: readonly string[],
  declared: readonly string[],
  at: Path,
  report: Report,
): readonly string[] {
  for (const [index, name] of names.entries()) {
    const path = [...at, index];
    if (names.indexOf(name) < index) report.add(path, `${name} is listed twice`);
    if (declared.includes(name)) continue;
    const hint = declared.length === 0 ? `declare it: dirs: {${name}: …}` : suggest(name, declared);
    report.add(path, `the directory cache "${name}" is not declared in dirs`, hint);
  }
  return names;
}

function refuseWithoutMatrix(raw: RawJob, at: Path, report: Report): void {
  for (const key of ["at", "where"] as const) {
    if (raw[key] === undefined) continue;
    report.add(
      [...at, key],
      `${at.join(".")}.${key} has no effect without matrix`,
      undefined,
      "key",
    );
  }
}
