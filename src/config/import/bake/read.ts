import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { UsageError } from "../../../errors.ts";
import type { RawVariant } from "../../schema.ts";
import type { BakeImport } from "../spec.ts";
import { type Moving, movingBetween, movingUnknown, probeOf } from "./moving.ts";
import { parsePrinted } from "./printed.ts";
import { callOf, readTarget } from "./target.ts";

/** What bake is to evaluate. */
export interface BakeRequest {
  /** The bake file, absolute. */
  readonly file: string;
  /** A further file, absolute, that is merged with it. */
  readonly more?: string | undefined;
  /** Where bake runs, absolute. */
  readonly folder: string;
  readonly targets: readonly string[];
  /** Values of the file's variables. */
  readonly vars: Readonly<Record<string, string>>;
}

/** Gives what `docker buildx bake --print` prints: JSON. */
export type BakePrinter = (request: BakeRequest) => Promise<string>;

/**
 * Finds the values that another evaluation of a bake file may change, such as those that come from
 * `timestamp()`. Only a file that names something of the kind is evaluated again, with other values
 * for it, so a value that does not get into an image is not among them.
 */
export async function findMoving(
  spec: BakeImport,
  text: string,
  request: BakeRequest,
  printBake: BakePrinter,
): Promise<readonly Moving[]> {
  const probe = probeOf(text);
  if (probe === undefined) return [];
  const folder = await mkdtemp(join(tmpdir(), "layerkeep-bake-"));
  try {
    const file = join(folder, basename(request.file));
    const more = join(folder, "layerkeep-values.hcl");
    await writeFile(file, probe.copy);
    const evaluate = async (definitions: string): Promise<ReadonlyMap<string, RawVariant>> => {
      await writeFile(more, definitions);
      return variantsOf(spec, await printBake({ ...request, file, more }));
    };
    const base = await evaluate(probe.base);
    const moving: Moving[] = [];
    for (const { source, definitions } of probe.others) {
      moving.push(...movingBetween(base, await evaluate(definitions), source));
    }
    return moving;
  } catch (error) {
    // Such as a rule of the file's own for its variables, which the values break.
    if (error instanceof UsageError) return movingUnknown(probe);
    throw error;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Without the targets that are no variant: their import says why. */
function variantsOf(spec: BakeImport, printed: string): ReadonlyMap<string, RawVariant> {
  const variants = new Map<string, RawVariant>();
  for (const [name, target] of parsePrinted(printed, spec.file, spec.targets)) {
    if (callOf(target) !== undefined) continue;
    try {
      variants.set(name, readTarget(target, spec.folder).raw);
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
    }
  }
  return variants;
}
