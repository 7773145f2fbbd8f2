import { join } from "node:path";
import { LayerkeepError, type Problem, UsageError } from "../errors.ts";
import { differingAdditions } from "../inputs/additions.ts";
import { changedParts } from "../inputs/changed-parts.ts";
import { createContextHasher, type HasherServices } from "../inputs/files/context-files.ts";
import type { ContentMemory } from "../inputs/files/content-memory.ts";
import { DockerfileReader, type LegInputs, readLegInputs } from "../inputs/leg-inputs.ts";
import { baseConfigsOf } from "../inputs/moving/pinned-inputs.ts";
import type { Plan, PlannedLeg } from "./plan.ts";
import { readInput } from "./plan-leg.ts";
import type { InputSummary } from "../inputs/input-digest.ts";
import { recipeOfLeg } from "../inputs/recipe.ts";

/** Compares the files on disk with a plan. */
export interface InputCheck {
  /**
   * Reads a leg's inputs again, with the plan's own pins and epoch: nothing is resolved. Throws a
   * changed-inputs error if they differ from the plan's.
   */
  readonly read: (leg: PlannedLeg) => Promise<CheckedLeg>;
  /**
   * Checks the files of a leg again. Throws a changed-inputs error if one differs, or was touched
   * since the leg was read: BuildKit may have received what it was in between.
   */
  readonly lookAgain: (leg: PlannedLeg, checked: CheckedLeg) => Promise<void>;
}

/** A leg whose inputs match the plan. */
export interface CheckedLeg {
  readonly inputs: LegInputs;
  /** What BuildKit's comparison by size and time misses in its contexts. */
  readonly settled: readonly string[];
  /** The memory's mark from before the files were read. */
  readonly since: number;
}

/**
 * A leg's files differ from those that its name is a hash of: its image would be reused wrongly.
 */
export class ChangedInputsError extends LayerkeepError {
  readonly code = "changed";
  /** Whether the files match the plan again, so that the same leg can be built again. */
  readonly isAsPlanned: boolean;

  constructor(message: string, isAsPlanned: boolean) {
    super(message, {
      hint: "build again without changing files during the build (nothing was staged)",
    });
    this.isAsPlanned = isAsPlanned;
  }
}

export interface InputCheckServices extends Omit<HasherServices, "since"> {
  /** Absolute path of the config's folder. */
  readonly root: string;
  readonly memory: ContentMemory;
}

/** Checks legs of one plan; a file is not read again unless it changed. */
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
      if (!isSame(leg.input, input)) {
        const changed = differences(leg.input, input).join(", ");
        const message = `${leg.id} differs from the plan: ${changed}`;
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
      const isAsPlanned = isSame(leg.input, input);
      const now = hashed.flatMap(({ hash }) => [hash.settled, hash.places]);
      const isMoved = isAsPlanned && now.some((one, at) => one !== settled[at]);
      if (isMoved) touched.push("a folder of its context");
      if (touched.length === 0 && isAsPlanned) return;
      const changed = touched.length > 0 ? touched : differences(leg.input, input);
      const message = `${leg.id}: ${changed.join(", ")} changed during the build`;
      throw new ChangedInputsError(message, isAsPlanned);
    },
  };
}

/** What is staged names its additions as planned, so they must be the same, too. */
function isSame(planned: InputSummary, now: InputSummary): boolean {
  return (
    planned.digest === now.digest &&
    differingAdditions(planned.additions, now.additions).length === 0
  );
}

function differences(planned: InputSummary, now: InputSummary): readonly string[] {
  return planned.digest === now.digest
    ? differingAdditions(planned.additions, now.additions)
    : changedParts(planned, now);
}

/**
 * Compares the files on disk with a plan that was made elsewhere or earlier. Throws a usage error
 * that names each leg that differs, and its changed inputs.
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
    hint: "check out the planned commit without local changes, or plan again",
  });
}
