import { familiarName } from "../../dockerfile/image-name.ts";
import type { Stages } from "../../dockerfile/stages/stages.ts";
import { type LegInputs, type ReadInputsOptions, readLegInputs } from "../leg-inputs.ts";
import type { Recipe } from "../recipe.ts";

/**
 * A leg's inputs if no registry may be asked for the configs of its base images. An image is
 * assumed to have no ONBUILD triggers, unless the stage built on it has no steps of its own, as is
 * usual for images that have them. If an instruction names files by a variable that only the image
 * may set, nothing is assumed, and the whole context counts.
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

/** Whether only triggers are unknown: these are reported at the line of a FROM. */
function triggersAlone({ unknown, reached }: Stages): boolean {
  const heads = new Set(reached.map(({ line }) => line));
  return (
    unknown.length > 0 && unknown.every(({ base, line }) => base !== undefined && heads.has(line))
  );
}

const working = ["RUN", "COPY", "ADD"];

/**
 * The images of stages that have no steps and no dependants, and those whose names mention onbuild.
 */
function idleBases({ reached }: Stages): ReadonlySet<string> {
  const builtOn = new Set(reached.flatMap(({ links }) => links));
  const idle = reached.filter(
    ({ index, from, instructions }) =>
      /onbuild/i.test(from) ||
      (!builtOn.has(index) && !instructions.some(({ keyword }) => working.includes(keyword))),
  );
  return new Set(idle.map(({ from }) => familiarName(from)));
}
