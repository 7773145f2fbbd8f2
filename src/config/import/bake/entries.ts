import { type Report, reportOnEntry } from "../../schema/report.ts";
import type { Imported, ImportedEntry } from "../entry.ts";
import { fillText } from "../fill.ts";
import { linkEntries } from "../links.ts";
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
  const { targets, onlyLinked } = parsePrinted(printed, file, spec.targets);
  const notes: Note[] = [
    ...unknown.map((key) => ({
      text: notCarried(key, "this version of buildx does not support it"),
      place: file,
    })),
    ...moving.map(({ text, target }) => ({ text, place: placeOf(file, target) })),
  ];
  const skipped = new Map<string, string>();
  const read = [...targets].flatMap(([target, value]) => {
    const place = placeOf(file, target);
    const call = callOf(value);
    if (call !== undefined) {
      skipped.set(target, call);
      notes.push({ text: `skipped the target, because call = "${call}" builds no image`, place });
      return [];
    }
    const name = nameOf(spec, target, report);
    const own = reportOnEntry(report, place);
    const found = own.try([...at, "bake"], () => readTarget(value, spec.folder));
    if (found === undefined || name === undefined) return [];
    notes.push(...found.lost.map((text) => ({ text, place })));
    return [{ target, place, name, raw: found.raw }];
  });
  if (skipped.size === targets.size) {
    const why = skipped.size === 0 ? "" : ": none of the requested targets builds an image";
    report.add([...at, "bake"], `${file} has no target to build${why}`);
  }
  const names = new Map(read.map(({ target, name }) => [target, name]));
  const entries = read.map(({ target, place, name, raw }): ImportedEntry => {
    const linked = linkEntries(raw, (other, context) => {
      const call = skipped.get(other);
      if (call !== undefined) {
        const message = `the context ${context} refers to the target ${other}, which builds no image (call = "${call}")`;
        reportOnEntry(report, place).add([...at, "bake"], message);
      }
      return names.get(other);
    });
    const movingLabels = labelsOf(moving, target);
    // As in bake, which does not output what it builds only for others.
    const nowhere = { publish: [], preview: [] };
    const published = onlyLinked.has(target) ? nowhere : spec.published;
    return { at, place, name, ...linked, published, runner: undefined, values: {}, movingLabels };
  });
  return { entries, warnings: renderNotes(notes) };
}

function placeOf(file: string, target: string | undefined): string {
  return target === undefined ? file : `${file}, target ${target}`;
}

function nameOf(spec: BakeImport, target: string, report: Report): string | undefined {
  const filled = fillText(spec.name ?? "{name}", new Map([["name", target]]));
  if ("text" in filled) return filled.text;
  const message = `unknown field {${filled.missing}} in name`;
  report.add([...spec.at, "name"], message, "use {name}, the name of the target");
  return undefined;
}
