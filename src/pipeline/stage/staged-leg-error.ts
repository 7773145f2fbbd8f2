import { type ErrorOptionsWithHint, LayerkeepError } from "../../errors.ts";

/** Staged legs are missing or incomplete, and have to be built again. Exit code 3. */
export class StagedLegError extends LayerkeepError {
  readonly code = "registry";
  /** Ids. */
  readonly legs: readonly string[];

  constructor(legs: readonly string[], message: string, options: ErrorOptionsWithHint) {
    super(message, options);
    this.legs = legs;
  }
}

/** The staged tag does not exist. */
export function notStaged(leg: string, tag: string): StagedLegError {
  return new StagedLegError([leg], `leg ${leg} is not staged: ${tag} does not exist`, {
    hint: `build it: layerkeep build ${leg}`,
  });
}

/** Something is staged, but it misses a part or was built from other inputs. */
export function notWhole(legs: readonly string[], why: string, cause?: unknown): StagedLegError {
  const which = legs.length === 1 ? `leg ${legs.join()}` : `legs ${legs.join(", ")}`;
  return new StagedLegError(legs, `${which} cannot be published: ${why}`, {
    hint: `build it again: ${legs.map((leg) => `layerkeep build --force ${leg}`).join(" && ")}`,
    cause,
  });
}
