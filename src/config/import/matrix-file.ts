import { type Report, reportOnEntry } from "../schema/report.ts";
import type { YamlFile } from "../yaml/yaml-file.ts";
import { checkRepeated } from "../variants/context-name.ts";
import type { Imported, ImportedEntry } from "./entry.ts";
import { eachText, fillText, textsOf } from "./fill.ts";
import { type FieldText, type MatrixEntry, readMatrixEntries, toldText } from "./matrix-entries.ts";
import { notCarried, renderNotes } from "./notes.ts";
import type { MatrixImport } from "./spec.ts";

/** The entries of a matrix file, by the import's mapping; problems go to the report. */
export function matrixEntries(spec: MatrixImport, yaml: YamlFile, report: Report): Imported {
  const { entries, expressions } = readMatrixEntries(spec, textsOfSpec(spec), yaml, report);
  const notes = expressions.map(({ path, place }) => ({
    text: notCarried(`${path.join(".")}, an expression that only CI can evaluate`),
    place,
  }));
  return {
    entries: entries.flatMap((entry) => mapEntry(spec, entry, report)),
    warnings: renderNotes(notes),
  };
}

function textsOfSpec({
  mapping,
  name,
  runner,
  published: { publish, preview },
  at,
}: MatrixImport): readonly FieldText[] {
  const own = [
    { path: ["name"], text: name ?? "" },
    { path: ["runner"], text: runner ?? "" },
  ];
  const targets = [...(publish ?? []), ...(preview ?? [])].flatMap(({ repository, tags, flavor }) =>
    [repository, ...tags, ...flavor].map((line) => ({
      path: line.at.slice(at.length),
      text: line.text,
    })),
  );
  return [...own, ...targets, ...textsOf(mapping)];
}

/** Keys that an entry must have, because their default would be another image. */
const needed = new Set<unknown>(["suffix", "dockerfile", "context", "platforms"]);

function mapEntry(spec: MatrixImport, entry: MatrixEntry, base: Report): ImportedEntry[] {
  const { at, mapping } = spec;
  const report = reportOnEntry(base, entry.place);
  const full = toldText(fillText(spec.name ?? "", entry.values), [...at, "name"], report);
  if (full === undefined) return [];
  const name = full.replace(/^-/, "") || "core";
  const values = new Map([["name", name], ...entry.values]);
  const own = eachText(mapping, (text, path) => {
    const filled = fillText(text, values);
    return needed.has(path[0])
      ? toldText(filled, [...at, ...path], report)
      : "text" in filled
        ? filled.text
        : undefined;
  });
  const contexts = Object.keys(mapping.contexts ?? {}).map((key) => fillText(key, values));
  checkRepeated(
    contexts.flatMap((filled) => ("text" in filled && filled.text !== "" ? [filled.text] : [])),
    [...at, "contexts"],
    report,
  );
  const runner = fillText(spec.runner ?? "", values);
  return [
    {
      at,
      place: entry.place,
      name,
      own,
      linked: [],
      published: spec.published,
      runner: "text" in runner && runner.text !== "" ? runner.text : undefined,
      values: Object.fromEntries(entry.values),
      movingLabels: [],
    },
  ];
}
