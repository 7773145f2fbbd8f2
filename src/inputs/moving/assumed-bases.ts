import { familiarName } from "../../dockerfile/image-name.ts";
import type { Stages } from "../../dockerfile/stages/stages.ts";
import { type LegInputs, type ReadInputsOptions, readLegInputs } from "../leg-inputs.ts";
import type { Recipe } from "../recipe.ts";

/**
 * A leg's inputs where no registry may be asked for the configs of its base images: an image is
 * taken to have no ONBUILD triggers, unless the stage that is built on it does nothing itself, as
 * is the way with images that have them. Where an instruction names files by a variable that only
 * the image may set, nothing is taken for granted, and the whole context counts.
 */
export async function readWithAssumedBases(
  recipe: Recipe,
  options: Pick<ReadInputsOptions, "reader" | "epoch" | "parentConfigs">,
): Promise<LegInputs> {
  const read = await readLegInputs(recipe, options);
  if (!triggersAlone(read.stages)) return read;
  const suspects = idleBases(read.stages);
  return readLegInputs(recipe, {
    ...options,
    baseConfig: (ref) => (suspects.has(familiarName(ref)) ? undefined : { env: [], onbuild: [] }),
  });
}

/** Whether all that is not known are triggers: these are told at the line of a FROM. */
function triggersAlone({ unknown, reached }: Stages): boolean {
  const heads = new Set(reached.map(({ line }) => line));
  return (
    unknown.length > 0 && unknown.every(({ base, line }) => base !== undefined && heads.has(line))
  );
}

const working = ["RUN", "COPY", "ADD"];

/** The images of stages that neither do anything nor are built on, and those that say it by their names. */
function idleBases({ reached }: Stages): ReadonlySet<string> {
  const builtOn = new Set(reached.flatMap(({ links }) => links));
  const idle = reached.filter(
    ({ index, from, instructions }) =>
      /onbuild/i.test(from) ||
      (!builtOn.has(index) && !instructions.some(({ keyword }) => working.includes(keyword))),
  );
  return new Set(idle.map(({ from }) => familiarName(from)));
}
