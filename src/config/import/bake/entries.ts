import { type Report, reportOnEntry } from "../../schema/report.ts";
import type { Imported, ImportedEntry } from "../entry.ts";
import { fillText } from "../fill.ts";
import { notCarried, type Note, renderNotes } from "../notes.ts";
import type { BakeImport } from "../spec.ts";
import { labelsOf, type Moving } from "./moving.ts";
import { parsePrinted } from "./printed.ts";
import { callOf, readTarget } from "./target.ts";

/** What is known about a bake file. */
interface Evaluated {
  readonly printed: string;
  /** Values that may differ in another evaluation of the file. */
  readonly moving: readonly Moving[];
  /** Keys that buildx ignored. */
  readonly unknown: readonly string[];
}

/**
 * The targets that `docker buildx bake --print` printed; problems go to the report. Tags, caches
 * and output locations are ignored, because the config sets them.
 */
export function bakeEntries(
  spec: BakeImport,
  { printed, moving, unknown }: Evaluated,
  report: Report,
): Imported {
  const { at, file } = spec;
  const targets = parsePrinted(printed, file, spec.targets);
  const notes: Note[] = [
    ...unknown.map((key) => ({
      text: notCarried(key, "this version of buildx does not support it"),
      place: file,
    })),
    ...moving.map(({ text, target }) => ({ text, place: placeOf(file, target) })),
  ];
  const entries: ImportedEntry[] = [];
  let left = 0;
  for (const [target, value] of targets) {
    const place = placeOf(file, target);
    const call = callOf(value);
    if (call !== undefined) {
      left++;
      notes.push({ text: `call = "${call}" builds no image, so the target is skipped`, place });
      continue;
    }
    const name = nameOf(spec, target, report);
    const own = reportOnEntry(report, place);
    const read = own.try([...at, "bake"], () => readTarget(value, spec.folder));
    if (read === undefined || name === undefined) continue;
    notes.push(...read.lost.map((text) => ({ text, place })));
    const movingLabels = labelsOf(moving, target);
    const { publish } = spec;
    const values = {};
    entries.push({
      ...{ at, place, name, own: read.raw, publish },
      ...{ runner: undefined, values, movingLabels },
    });
  }
  if (left === targets.size) {
    const why = left === 0 ? "" : ": none of the requested targets builds an image";
    report.add([...at, "bake"], `${file} has no target to build${why}`);
  }
  return { entries, warnings: renderNotes(notes) };
}

function placeOf(file: string, target: string | undefined): string {
  return target === undefined ? file : `${file}, target ${target}`;
}

function nameOf(spec: BakeImport, target: string, report: Report): string | undefined {
  const filled = fillText(spec.name ?? "{name}", new Map([["name", target]]));
  if ("text" in filled) return filled.text;
  const message = `a name cannot contain {${filled.missing}}`;
  report.add([...spec.at, "name"], message, "use {name}, the name of the target");
  return undefined;
}
