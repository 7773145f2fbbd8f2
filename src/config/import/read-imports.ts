import { stat } from "node:fs/promises";
import { join } from "node:path";
import { UsageError } from "../../errors.ts";
import type { OpenedConfig } from "../parse.ts";
import { readText } from "../read-text.ts";
import type { Report } from "../report.ts";
import { readYaml, type YamlFile } from "../yaml-file.ts";
import { bakeEntries } from "./bake.ts";
import { composeEntries } from "./compose.ts";
import { type ImportedEntry, mostEntries } from "./entry.ts";
import { matrixEntries } from "./matrix-file.ts";
import { type ImportSpec, parseImports } from "./spec.ts";

/** What bake is to evaluate. */
export interface BakeRequest {
  /** The bake file, absolute. */
  readonly file: string;
  /** Where bake runs, absolute. */
  readonly folder: string;
  readonly targets: readonly string[];
  /** Values of the file's variables. */
  readonly vars: Readonly<Record<string, string>>;
}

/** Gives what `docker buildx bake --print` prints: JSON. */
export type BakePrinter = (request: BakeRequest) => Promise<string>;

/** Bytes; 2,000 entries have some 800 KiB. */
const largestFile = 4 << 20;

/**
 * The entries of all files that a config imports; what is wrong goes to its report. `root` is the
 * config's folder. What evaluates a bake file throws a usage error where the file is wrong; what
 * else it throws goes through.
 */
export async function readImports(
  { root: raw, variables, report }: OpenedConfig,
  root: string,
  printBake: BakePrinter | undefined,
): Promise<ImportedEntry[]> {
  const specs = parseImports(raw["import"], report);
  const files = new Map<string, Promise<YamlFile>>();
  const lists = await Promise.all(
    specs.map((spec) =>
      tried(spec, report, async () => {
        if (spec.kind === "bake") return readBake(spec, root, printBake, report);
        const yaml = await readOnce(join(root, spec.file));
        return spec.kind === "matrix"
          ? matrixEntries(spec, yaml, report)
          : composeEntries(spec, yaml, variables, report);
      }),
    ),
  );
  const entries = lists.flat();
  if (entries.length <= mostEntries) return entries;
  report.add(
    ["import"],
    `${entries.length} entries are imported, but at most ${mostEntries} are allowed`,
    undefined,
    "key",
  );
  return [];

  /** Several imports may take their share of one file. */
  function readOnce(path: string): Promise<YamlFile> {
    const known = files.get(path);
    if (known !== undefined) return known;
    const reading = readText(path, largestFile).then(readYaml);
    files.set(path, reading);
    return reading;
  }
}

async function readBake(
  spec: ImportSpec & { readonly kind: "bake" },
  root: string,
  printBake: BakePrinter | undefined,
  report: Report,
): Promise<ImportedEntry[]> {
  const { file, folder, targets, vars } = spec;
  if (printBake === undefined) {
    throw new UsageError("a bake file is not read here", {
      hint: "it takes `docker buildx bake --print`, which the command line runs",
    });
  }
  // For its own words on a file that is not there.
  await readText(join(root, file), largestFile);
  if (!(await isFolder(join(root, folder)))) {
    throw new UsageError(`the folder "${folder}" that bake is to run in is not there`);
  }
  const request = { file: join(root, file), folder: join(root, folder), targets, vars };
  return bakeEntries(spec, await printBake(request), report);
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

/** What is wrong with the file itself is a problem at the key that names it. */
async function tried(
  { at, kind, file }: ImportSpec,
  report: Report,
  read: () => Promise<ImportedEntry[]>,
): Promise<ImportedEntry[]> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    for (const { message, hint } of error.problems) {
      report.add([...at, kind], `${file}: ${message}`, hint ?? error.hint);
    }
    return [];
  }
}
