import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { UsageError } from "../../../errors.ts";
import type { RawVariant } from "../../schema/variant-schema.ts";
import type { BakeImport } from "../spec.ts";
import { type Moving, movingBetween, movingUnknown, type Probe, probeOf } from "./moving.ts";
import { parsePrinted } from "./printed.ts";
import { callOf, readTarget } from "./target.ts";
import { missingKeys, probeFile, probeTarget, unknownKeys } from "./unknown-keys.ts";

/** What bake is to evaluate. */
export interface BakeRequest {
  /** The bake file, absolute. */
  readonly file: string;
  /** Another file, absolute, that is merged with it. */
  readonly more?: string | undefined;
  /** Where bake runs, absolute. */
  readonly folder: string;
  readonly targets: readonly string[];
  /** Values of the file's variables. */
  readonly vars: Readonly<Record<string, string>>;
}

/** Returns what `docker buildx bake --print` prints: JSON. */
export type BakePrinter = (request: BakeRequest) => Promise<string>;

/**
 * Finds the values that may differ in another evaluation of a bake file, such as those from
 * `timestamp()`. Only a file that names such a source is evaluated again, with other values for it,
 * so a value that does not reach an image is not reported.
 */
export async function findMoving(
  spec: BakeImport,
  text: string,
  request: BakeRequest,
  printBake: BakePrinter,
): Promise<readonly Moving[]> {
  const probe = probeOf(text);
  if (probe === undefined) return [];
  try {
    return await withFolder((folder) => evaluateProbe(probe, folder));
  } catch (error) {
    // Such as a validation rule in the file for its variables, which the new values break.
    if (error instanceof UsageError) return movingUnknown(probe);
    throw error;
  }

  async function evaluateProbe(
    { copy, base: definitions, others }: Probe,
    folder: string,
  ): Promise<readonly Moving[]> {
    const file = join(folder, basename(request.file));
    const more = join(folder, `more-${basename(request.file)}.hcl`);
    await writeFile(file, copy);
    const evaluate = async (values: string): Promise<ReadonlyMap<string, RawVariant>> => {
      await writeFile(more, values);
      return variantsOf(spec, await printBake({ ...request, file, more }));
    };
    const base = await evaluate(definitions);
    const moving: Moving[] = [];
    for (const other of others) {
      moving.push(...movingBetween(base, await evaluate(other.definitions), other.source));
    }
    return moving;
  }
}

/** Keys of a bake file's targets that this buildx does not know and ignores. */
export async function findUnknownKeys(
  text: string,
  printed: string,
  request: BakeRequest,
  printBake: BakePrinter,
): Promise<readonly string[]> {
  const missing = missingKeys(text, printed);
  if (missing.length === 0) return [];
  try {
    return await withFolder(async (folder) => {
      const file = join(folder, "docker-bake.hcl");
      await writeFile(file, probeFile);
      return unknownKeys(missing, await printBake({ ...request, file, targets: [probeTarget] }));
    });
  } catch (error) {
    // A buildx that rejects our value knows its key.
    if (error instanceof UsageError) return [];
    throw error;
  }
}

async function withFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "layerkeep-bake-"));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Without the targets that are not variants: their import reports why. */
function variantsOf(spec: BakeImport, printed: string): ReadonlyMap<string, RawVariant> {
  const variants = new Map<string, RawVariant>();
  for (const [name, target] of parsePrinted(printed, spec.file, spec.targets).targets) {
    if (callOf(target) !== undefined) continue;
    try {
      variants.set(name, readTarget(target, spec.folder).raw);
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
    }
  }
  return variants;
}
