import { join } from "node:path";
import { LayerkeepError, type Problem, UsageError } from "../errors.ts";
import { changedParts } from "../inputs/changed-parts.ts";
import { createContextHasher, type HasherServices } from "../inputs/files/context-files.ts";
import type { ContentMemory } from "../inputs/files/content-memory.ts";
import { DockerfileReader, type LegInputs, readLegInputs } from "../inputs/leg-inputs.ts";
import { baseConfigsOf } from "../inputs/moving/pinned-inputs.ts";
import type { Plan, PlannedLeg } from "./plan.ts";
import { readInput } from "./plan-leg.ts";
import { recipeOfLeg } from "../inputs/recipe.ts";

/** Compares the files on disk with a plan. */
export interface InputCheck {
  /**
   * Reads a leg's inputs again, with the plan's own pins and epoch: nothing is resolved. Throws a
   * changed-inputs error if they are not those of the plan.
   */
  readonly read: (leg: PlannedLeg) => Promise<CheckedLeg>;
  /**
   * Looks at the files of a leg again. Throws a changed-inputs error if one is different, or was
   * touched since the leg was read: BuildKit may have received it as it was in between.
   */
  readonly lookAgain: (leg: PlannedLeg, checked: CheckedLeg) => Promise<void>;
}

/** A leg whose inputs are those of the plan. */
export interface CheckedLeg {
  readonly inputs: LegInputs;
  /** Of its contexts: what BuildKit's comparison by size and time does not see. */
  readonly settled: readonly string[];
  /** The memory's mark from before the files were read. */
  readonly since: number;
}

/** A leg's files are not those that it is named by: it would be reused for what it is not. */
export class ChangedInputsError extends LayerkeepError {
  readonly code = "changed";
  /** Whether the files are those of the plan again, so that the same leg can be built again. */
  readonly isAsPlanned: boolean;

  constructor(message: string, isAsPlanned: boolean) {
    super(message, { hint: "nothing of it was staged; leave the files alone, and build it again" });
    this.isAsPlanned = isAsPlanned;
  }
}

export interface InputCheckServices extends Omit<HasherServices, "since"> {
  /** Absolute; the folder of the config. */
  readonly root: string;
  readonly memory: ContentMemory;
}

/** Checks legs of one plan; what was read of a file is not read again unless the file changed. */
export function createInputCheck(plan: Plan, services: InputCheckServices): InputCheck {
  const { root, memory } = services;
  const baseConfig = baseConfigsOf(plan.pins);
  const epoch = plan.epoch ?? undefined;
  const parents = new Map(plan.legs.map(({ id, input }) => [id, input.digest]));
  const digestNow = (inputs: LegInputs, since: number): ReturnType<typeof readInput> => {
    const hasher = createContextHasher({ ...services, since });
    return readInput(root, inputs, { pins: plan.pins, epoch, hasher, parents });
  };
  return {
    read: async (leg) => {
      const since = memory.mark();
      const reader = new DockerfileReader(root);
      const parentConfigs = new Map(leg.parents.map((p) => [p.leg, p.config ?? undefined]));
      const inputs = await readLegInputs(recipeOfLeg(leg), {
        ...{ reader, epoch, baseConfig, parentConfigs },
      });
      const { input, hashed } = await digestNow(inputs, since);
      if (input.digest !== leg.input.digest) {
        const changed = changedParts(leg.input, input).join(", ");
        const message = `${leg.id} is not what was planned: ${changed} changed since`;
        throw new ChangedInputsError(message, false);
      }
      return {
        inputs,
        settled: hashed.flatMap(({ hash }) => [hash.settled, hash.places]),
        since: memory.mark(),
      };
    },
    lookAgain: async (leg, { inputs, settled, since }) => {
      const { input, hashed } = await digestNow(inputs, since);
      const touched = hashed.flatMap(({ folder, hash }) =>
        hash.changed.map((path) => join(folder, path)),
      );
      const isAsPlanned = input.digest === leg.input.digest;
      const now = hashed.flatMap(({ hash }) => [hash.settled, hash.places]);
      const isMoved = isAsPlanned && now.some((one, at) => one !== settled[at]);
      if (isMoved) touched.push("a folder of its context");
      if (touched.length === 0 && isAsPlanned) return;
      const changed = touched.length > 0 ? touched : changedParts(leg.input, input);
      const message = `${leg.id}: ${changed.join(", ")} changed while it was built`;
      throw new ChangedInputsError(message, isAsPlanned);
    },
  };
}

/**
 * Compares the files on disk with a plan that was made elsewhere or earlier. Throws a usage error
 * that names each leg that differs and what of it.
 */
export async function refuseChangedInputs(
  legs: readonly PlannedLeg[],
  check: InputCheck,
): Promise<void> {
  const problems = await Promise.all(
    legs.map(async (leg): Promise<readonly Problem[]> => {
      try {
        await check.read(leg);
        return [];
      } catch (error) {
        if (error instanceof ChangedInputsError) return [{ message: error.message }];
        if (error instanceof UsageError) return error.problems;
        throw error;
      }
    }),
  );
  if (problems.flat().length === 0) return;
  throw new UsageError(problems.flat(), {
    hint: "check out the commit that was planned, without changes, or plan again",
  });
}
