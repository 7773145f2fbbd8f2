import { suggest } from "../../../nearest.ts";
import type { Report } from "../../schema/report.ts";
import type { Variables } from "../../variables.ts";
import type { Path, YamlFile } from "../../yaml/yaml-file.ts";
import type { Imported, ImportedEntry } from "../entry.ts";
import { fillText } from "../fill.ts";
import { linkEntries } from "../links.ts";
import { type Note, renderNotes } from "../notes.ts";
import type { ComposeImport } from "../spec.ts";
import type { Layer, Services } from "./files/layers.ts";
import { findLinkProblem } from "./link-problem.ts";
import { loadProject } from "./files/project.ts";
import { hasKey, readService } from "./service.ts";

/**
 * The services of a Compose file, and of the files that it includes, that have a `build`; others are
 * ignored. Problems go to the report, with their place in the Compose file.
 */
export async function composeEntries(
  spec: ComposeImport,
  readFile: (file: string) => Promise<YamlFile>,
  variables: Variables,
  report: Report,
): Promise<Imported> {
  const { at, file, published } = spec;
  const notes: Note[] = [];
  const told: Path = [...at, "compose"];
  const services = await loadProject(file, readFile, { report, told, notes, variables });
  if (services?.size === 0) report.add(told, `${file} has no services`);
  if (services === undefined || services.size === 0) {
    return { entries: [], warnings: renderNotes(notes) };
  }
  const chosen = chooseServices(spec, services, report);
  const imported = new Set(chosen.map(([service]) => service));
  const read = chosen.flatMap(([service, layers]) => {
    const name = nameOf(spec, service, report);
    const raw = readService(layers);
    return raw === undefined || name === undefined ? [] : [{ service, layers, name, raw }];
  });
  const names = new Map(read.map(({ service, name }) => [service, name]));
  const entries = read.flatMap(({ service, layers, name, raw }): ImportedEntry[] => {
    const own = layers.at(-1);
    if (own === undefined) return [];
    const { reader, path } = own;
    const linked = linkEntries(raw, (other, context) => {
      const problem = findLinkProblem({ service, other, services, imported });
      if (problem === undefined) return names.get(other);
      const message = `the context ${context} ${problem.message}`;
      reader.problem([...path, "build", "additional_contexts", context], message, problem.hint);
      return undefined;
    });
    const place = reader.placeOf(path);
    const { runner, values, movingLabels } = plainEntry;
    return [{ at, place, name, ...linked, published, runner, values, movingLabels }];
  });
  return { entries, warnings: renderNotes(notes) };
}

const plainEntry = { runner: undefined, values: {}, movingLabels: [] };

function nameOf(spec: ComposeImport, service: string, report: Report): string | undefined {
  const filled = fillText(spec.name ?? "{name}", new Map([["name", service]]));
  if ("text" in filled) return filled.text;
  const message = `unknown field {${filled.missing}} in name`;
  report.add([...spec.at, "name"], message, "use {name}, the name of the service");
  return undefined;
}

function chooseServices(
  { at, file, services: chosen }: ComposeImport,
  services: Services,
  report: Report,
): (readonly [string, readonly Layer[]])[] {
  if (chosen === undefined) {
    const built = [...services].filter(([, layers]) => hasKey(layers, "build"));
    if (built.length === 0)
      report.add([...at, "compose"], `no service in ${file} has a build section`);
    return built;
  }
  return chosen.flatMap((name, index) => {
    const found = services.get(name);
    if (found !== undefined) return [[name, found] as const];
    const hint = suggest(name, [...services.keys()]);
    report.add([...at, "services", index], `${file} has no service "${name}"`, hint);
    return [];
  });
}
