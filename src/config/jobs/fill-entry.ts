import { fieldsOf, fillText } from "../import/fill.ts";
import { type FieldText, type MatrixEntry, toldText } from "../import/matrix-entries.ts";
import { type Report, reportOnEntry } from "../schema/report.ts";
import type { Path } from "../yaml/yaml-file.ts";
import type { JobCache, JobEntry } from "./job-config.ts";

type Visit = (text: string, path: Path) => string;

/** Every text of an entry, with its path below the job. */
export function textsOfEntry(template: JobEntry): readonly FieldText[] {
  const found: FieldText[] = [];
  eachText(template, (text, path) => {
    found.push({ path, text });
    return text;
  });
  return found;
}

/** The template with an entry's fields; problems go to the report. */
export function fillEntry(
  template: JobEntry,
  { place, values: given }: Pick<MatrixEntry, "place" | "values">,
  at: Path,
  base: Report,
): JobEntry {
  const report = reportOnEntry(base, place);
  const fill = (text: string, path: Path, values: MatrixEntry["values"]): string =>
    toldText(fillText(text, values), [...at, ...path], report) ?? "";
  const name = fill(template.name, ["name"], given).replace(/^-/, "");
  const values = new Map([["name", name], ...given]);
  refuseShellSyntax(template.run, values, [...at, "run"], report);
  const filled = eachText(template, (text, path) => fill(text, path, values));
  return { ...filled, name };
}

/** In a command, a value is text like the rest, whatever quotes are around it. */
function refuseShellSyntax(
  run: string,
  values: MatrixEntry["values"],
  at: Path,
  report: Report,
): void {
  for (const field of new Set(fieldsOf(run))) {
    const value = values.get(field) ?? "";
    if (/^[\w./:+=@%-]*$/.test(value)) continue;
    const hint = `pass it in a variable: set env: {VALUE: "{${field}}"}, and use "$VALUE" in run`;
    report.add(at, `the value of ${field} contains a character that a shell might interpret`, hint);
  }
}

function eachText(entry: JobEntry, visit: Visit): JobEntry {
  const { name, runner, inputs, env, caches, dirs, run, artifacts } = entry;
  return {
    name: visit(name, ["name"]),
    runner: visit(runner, ["runner"]),
    inputs: eachItem(inputs, ["inputs"], visit),
    env: Object.fromEntries(
      Object.entries(env).map(([key, text]) => [key, visit(text, ["env", key])]),
    ),
    caches: caches.map((cache, index) =>
      eachCacheText(cache, ["caches", index, cache.kind], visit),
    ),
    dirs,
    run: visit(run, ["run"]),
    artifacts: artifacts === undefined ? undefined : visit(artifacts, ["artifacts", "path"]),
  };
}

function eachCacheText(cache: JobCache, at: Path, visit: Visit): JobCache {
  switch (cache.kind) {
    case "homebrew":
      return cache;
    case "go":
      return { ...cache, sums: eachItem(cache.sums, [...at, "sums"], visit) };
    case "pip":
      return {
        ...cache,
        requirements: eachItem(cache.requirements, [...at, "requirements"], visit),
      };
    case "ccache": {
      const { version } = cache;
      if (version === undefined) return cache;
      const file = visit(version.file, [...at, "version", "file"]);
      return { ...cache, version: { ...version, file } };
    }
  }
}

function eachItem(list: readonly string[], at: Path, visit: Visit): readonly string[] {
  return list.map((text, index) => visit(text, [...at, index]));
}
