import { stat } from "node:fs/promises";
import { join } from "node:path";
import { UsageError } from "../../errors.ts";
import type { OpenedConfig } from "../parse.ts";
import { readText } from "../yaml/read-text.ts";
import type { Report } from "../schema/report.ts";
import { type YamlFile } from "../yaml/yaml-file.ts";
import { bakeEntries } from "./bake/entries.ts";
import { type BakePrinter, findMoving, findUnknownKeys } from "./bake/read.ts";
import { composeEntries } from "./compose/services.ts";
import { type Imported, mostEntries } from "./entry.ts";
import { matrixEntries } from "./matrix-file.ts";
import { type ImportSpec, parseImports } from "./spec.ts";

export type { BakePrinter, BakeRequest } from "./bake/read.ts";

/** Bytes. 2,000 entries take about 800 KiB. */
export const largestFile = 4 << 20;

interface ImportOptions {
  /** Without it, bake files cannot be imported. */
  readonly printBake: BakePrinter | undefined;
  /**
   * Reads a file that is named relative to the config's folder. Throws a usage error without its
   * name.
   */
  readonly readYamlFile: (file: string) => Promise<YamlFile>;
}

/**
 * The entries and warnings of all files that a config imports; problems go to its report. `root` is
 * the config's folder. The function that evaluates a bake file throws a usage error if the file is
 * wrong; its other errors are passed on.
 */
export async function readImports(
  { root: raw, variables, report }: OpenedConfig,
  root: string,
  { printBake, readYamlFile }: ImportOptions,
): Promise<Imported> {
  const specs = parseImports(raw["import"], report);
  const lists = await Promise.all(
    specs.map((spec) =>
      tried(spec, report, async () => {
        if (spec.kind === "bake") {
          return withCache(await readBake(spec, root, printBake, report), spec);
        }
        return spec.kind === "matrix"
          ? matrixEntries(spec, await readYamlFile(spec.file), report)
          : withCache(await composeEntries(spec, readYamlFile, variables, report), spec);
      }),
    ),
  );
  const entries = lists.flatMap((list) => list.entries);
  const warnings = lists.flatMap((list) => list.warnings);
  if (entries.length <= mostEntries) return { entries, warnings };
  report.add(
    ["import"],
    `${entries.length} entries are imported, but the limit is ${mostEntries}`,
    undefined,
    "key",
  );
  return nothing;
}

function withCache({ entries, warnings }: Imported, { cache }: ImportSpec): Imported {
  if (cache === undefined) return { entries, warnings };
  return {
    entries: entries.map((entry) => ({ ...entry, own: { ...entry.own, cache } })),
    warnings,
  };
}

async function readBake(
  spec: ImportSpec & { readonly kind: "bake" },
  root: string,
  printBake: BakePrinter | undefined,
  report: Report,
): Promise<Imported> {
  const { file, folder, targets, vars } = spec;
  if (/\.ya?ml$/i.test(file)) {
    throw new UsageError(
      "a Compose file cannot be imported as a bake file: bake would also read the environment and .env",
      {
        hint: `use compose: ${file} instead of bake:`,
      },
    );
  }
  if (printBake === undefined) {
    throw new UsageError("importing a bake file requires bake", {
      hint: "use the command line, or pass printBake to run `docker buildx bake --print`",
    });
  }
  const text = await readText(join(root, file), largestFile);
  if (!(await isFolder(join(root, folder)))) {
    throw new UsageError(`cannot run bake in the folder "${folder}", which does not exist`);
  }
  const request = { file: join(root, file), folder: join(root, folder), targets, vars };
  const printed = await printBake(request);
  const moving = await findMoving(spec, text, request, printBake);
  const unknown = await findUnknownKeys(text, printed, request, printBake);
  return bakeEntries(spec, { printed, moving, unknown }, report);
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

/** A problem with the file itself is reported at the key that names it. */
async function tried(
  { at, kind, file }: ImportSpec,
  report: Report,
  read: () => Promise<Imported>,
): Promise<Imported> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    for (const { message, hint } of error.problems) {
      report.add([...at, kind], `${file}: ${message}`, hint ?? error.hint);
    }
    return nothing;
  }
}

const nothing: Imported = { entries: [], warnings: [] };
