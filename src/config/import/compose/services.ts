import { UsageError } from "../../../errors.ts";
import { suggest } from "../../../nearest.ts";
import { type Report, reportOnEntry } from "../../schema/report.ts";
import type { RawVariant } from "../../schema/schema.ts";
import type { Variables } from "../../variables.ts";
import { isRecord, type Path, type YamlFile } from "../../yaml/yaml-file.ts";
import { readBuild } from "./build.ts";
import type { Imported, ImportedEntry } from "../entry.ts";
import { fillText } from "../fill.ts";
import { interpolate } from "./interpolate.ts";
import { linkEntries } from "../links.ts";
import { type Note, renderNotes } from "../notes.ts";
import type { ComposeImport } from "../spec.ts";
import { findLinkProblem } from "./link-problem.ts";
import type { ComposeReader } from "./reader.ts";

/**
 * The services of a Compose file that have a `build`, as defined by its specification; others are
 * ignored. Problems go to the report, with their place in the Compose file.
 */
export function composeEntries(
  spec: ComposeImport,
  yaml: YamlFile,
  variables: Variables,
  report: Report,
): Imported {
  const { at, file } = spec;
  const told: Path = [...at, "compose"];
  for (const { message, hint, line, column } of yaml.problems) {
    report.add(told, `${file}:${line ?? 1}:${column ?? 1}: ${message}`, hint);
  }
  if (yaml.value === undefined) return { entries: [], warnings: [] };
  const root = isRecord(yaml.value) ? yaml.value : {};
  const services = root["services"];
  if (!isRecord(services)) {
    report.add(told, `${file} has no services`);
    return { entries: [], warnings: [] };
  }
  const notes: Note[] = [];
  const reader: ComposeReader = {
    file,
    secrets: isRecord(root["secrets"]) ? root["secrets"] : {},
    variables,
    problem: (path, message, hint) => {
      const { line = 1, column = 1 } = yaml.place(path, "key") ?? {};
      reportOnEntry(report, `${file}:${line}:${column}`).add(told, message, hint);
    },
    note: (path, text) => {
      const place = `${file}:${yaml.place(path, "key")?.line ?? 1}`;
      notes.push({ text, place });
    },
    interpolated: (text, path) => {
      const result = interpolate(text, variables);
      for (const { message, hint } of result.problems) reader.problem(path, message, hint);
      return result.text;
    },
  };
  if (spec.services === undefined) refuseHidden(root, services, reader);
  const chosen = chooseServices(spec, services, report);
  const imported = new Set(chosen.map(([service]) => service));
  const read = chosen.flatMap(([service, value]) => {
    const path: Path = ["services", service];
    const raw = readService(value, path, reader);
    const name = nameOf(spec, service, report);
    return raw === undefined || name === undefined ? [] : [{ service, path, name, raw }];
  });
  const names = new Map(read.map(({ service, name }) => [service, name]));
  const entries = read.map(({ service, path, name, raw }): ImportedEntry => {
    const linked = linkEntries(raw, (other, context) => {
      const problem = findLinkProblem({ service, other, services, imported });
      if (problem === undefined) return names.get(other);
      const message = `the context ${context} ${problem.message}`;
      reader.problem([...path, "build", "additional_contexts", context], message, problem.hint);
      return undefined;
    });
    const place = `${file}:${yaml.place(path, "key")?.line ?? 1}`;
    const { published } = spec;
    return {
      at,
      place,
      name,
      ...linked,
      published,
      runner: undefined,
      values: {},
      movingLabels: [],
    };
  });
  return { entries, warnings: renderNotes(notes) };
}

function nameOf(spec: ComposeImport, service: string, report: Report): string | undefined {
  const filled = fillText(spec.name ?? "{name}", new Map([["name", service]]));
  if ("text" in filled) return filled.text;
  const message = `unknown field {${filled.missing}} in name`;
  report.add([...spec.at, "name"], message, "use {name}, the name of the service");
  return undefined;
}

/** Without a list of services, one that we cannot see would be left out silently. */
function refuseHidden(
  root: Readonly<Record<string, unknown>>,
  services: Readonly<Record<string, unknown>>,
  reader: ComposeReader,
): void {
  const hint = "list the services to import, as in services: [app, worker]";
  if (root["include"] !== undefined) {
    reader.problem(["include"], "include is not supported in a Compose file", hint);
  }
  for (const [name, service] of Object.entries(services)) {
    if (isRecord(service) && service["extends"] !== undefined) {
      reader.problem(["services", name, "extends"], "extends is not supported", hint);
    }
  }
}

function chooseServices(
  { at, file, services: chosen }: ComposeImport,
  services: Readonly<Record<string, unknown>>,
  report: Report,
): (readonly [string, unknown])[] {
  const all = Object.entries(services);
  const built = all.filter(([, service]) => isRecord(service) && service["build"] !== undefined);
  if (chosen === undefined) {
    if (built.length === 0)
      report.add([...at, "compose"], `no service in ${file} has a build section`);
    return built;
  }
  return chosen.flatMap((name, index) => {
    const found = all.find(([key]) => key === name);
    if (found !== undefined) return [found];
    const hint = suggest(name, Object.keys(services));
    report.add([...at, "services", index], `${file} has no service "${name}"`, hint);
    return [];
  });
}

function readService(service: unknown, path: Path, reader: ComposeReader): RawVariant | undefined {
  if (!isRecord(service)) {
    reader.problem(path, "a service must be a map");
    return undefined;
  }
  if (service["extends"] !== undefined) {
    reader.problem(
      [...path, "extends"],
      "extends is not supported",
      "write the full build section here",
    );
    return undefined;
  }
  if (service["build"] === undefined || service["build"] === null) {
    reader.problem(path, "this service has no build");
    return undefined;
  }
  try {
    return readBuild(service["build"], service["platform"], path, reader);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    reader.problem([...path, "build"], error.message, error.hint);
    return undefined;
  }
}
