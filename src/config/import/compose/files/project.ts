import { posix } from "node:path";
import { UsageError } from "../../../../errors.ts";
import type { Report } from "../../../schema/report.ts";
import { isRecord, type Path, type YamlFile } from "../../../yaml/yaml-file.ts";
import { type ReadExtended, resolveExtends } from "./extends.ts";
import { type Include, includesOf } from "./include.ts";
import { layersOf, mergeServices, type Services } from "./layers.ts";
import {
  type ComposeProject,
  type ComposeReader,
  createReader,
  type DeclaredSecret,
} from "./reader.ts";

/** One project, whose secrets are found while its files are read. */
interface Loading extends ComposeProject {
  readonly secrets: Map<string, DeclaredSecret>;
  readonly readFile: (file: string) => Promise<YamlFile>;
  /** Services of files that are extended, by the file. */
  readonly extended: Map<string, Promise<Services>>;
  /** How many files may still be read. */
  filesLeft: number;
}

/** A file to read, what its paths are relative to, and the files that include it. */
interface FileToRead {
  readonly file: string;
  readonly folder: string;
  readonly chain: readonly string[];
}

const mostFiles = 200;

/**
 * The services of a Compose file and of all files that it includes, with what they extend
 * (Compose specification: include, extends, merge). Undefined if it has none because of a problem. Problems
 * go to the report; a usage error is thrown if the file itself cannot be read.
 */
export async function loadProject(
  file: string,
  readFile: Loading["readFile"],
  project: Omit<ComposeProject, "secrets">,
): Promise<Services | undefined> {
  let problems = 0;
  const add: Report["add"] = (...problem) => {
    problems += 1;
    project.report.add(...problem);
  };
  const left = { extended: new Map(), filesLeft: mostFiles };
  const report = { ...project.report, add };
  const loading = { ...project, report, readFile, secrets: new Map(), ...left };
  const services = await loadFile({ file, folder: posix.dirname(file), chain: [] }, loading);
  return problems === 0 || services.size > 0 ? services : undefined;
}

async function loadFile({ file, folder, chain }: FileToRead, loading: Loading): Promise<Services> {
  const { root, reader } = await openFile({ file, folder }, loading);
  const secrets = isRecord(root["secrets"]) ? root["secrets"] : {};
  for (const [name, value] of Object.entries(secrets)) {
    // Those of the file that includes override.
    if (!loading.secrets.has(name)) loading.secrets.set(name, { value, reader });
  }
  let services = layersOf(root, reader, false);
  for (const include of includesOf(root["include"], reader)) {
    const included = await loadIncluded(include, [...chain, file], reader, loading);
    services = mergeServices(included, services);
  }
  return resolveExtends(services, extendedReader(loading));
}

/** The files of one entry of `include`, merged. */
async function loadIncluded(
  { path, files, folder }: Include,
  chain: readonly string[],
  reader: ComposeReader,
  loading: Loading,
): Promise<Services> {
  let included: Services = new Map();
  for (const file of files) {
    if (chain.includes(file)) {
      const circle = [...chain, file].join(" → ");
      reader.problem(path, `include refers back to ${file}: ${circle}`, "remove one of them");
      continue;
    }
    const found = await inPlace(path, file, reader, () =>
      loadFile({ file, folder, chain }, loading),
    );
    if (found !== undefined) included = mergeServices(included, found);
  }
  return included;
}

/** What an extended file includes does not count (compose-go, loader/extends.go). */
function extendedReader(loading: Loading): ReadExtended {
  return (file, path, reader) =>
    inPlace(path, file, reader, () => {
      const known = loading.extended.get(file);
      if (known !== undefined) return known;
      const reading = openFile({ file, folder: posix.dirname(file) }, loading).then((opened) =>
        layersOf(opened.root, opened.reader, true),
      );
      loading.extended.set(file, reading);
      return reading;
    });
}

interface OpenedFile {
  readonly root: Readonly<Record<string, unknown>>;
  readonly reader: ComposeReader;
}

async function openFile(
  { file, folder }: Pick<FileToRead, "file" | "folder">,
  loading: Loading,
): Promise<OpenedFile> {
  if (loading.filesLeft === 0) {
    throw new UsageError(`more than ${mostFiles} files are included or extended`);
  }
  loading.filesLeft -= 1;
  const yaml = await loading.readFile(file);
  const { report, told } = loading;
  for (const { message, hint, line, column } of yaml.problems) {
    report.add(told, `${file}:${line ?? 1}:${column ?? 1}: ${message}`, hint);
  }
  const root = isRecord(yaml.value) ? yaml.value : {};
  return { root, reader: createReader({ file, folder }, yaml, loading) };
}

/** A file that cannot be read is reported where another one names it. */
async function inPlace<T>(
  path: Path,
  file: string,
  reader: ComposeReader,
  read: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    reader.problem(path, `${file}: ${error.message}`, error.hint);
    return undefined;
  }
}
