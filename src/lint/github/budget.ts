/** What is read of a workflow has a bound, as calls, actions and matrices multiply its steps. */
export interface Budget {
  /** Counts steps, or what takes as long. Throws `TooLargeError` if they are too many. */
  readonly spend: (steps: number) => void;
}

/**
 * In all scenarios together: several times what the largest real workflows have, and still read in
 * seconds.
 */
const mostSteps = 150_000;

/** A workflow has more steps than are read. */
export class TooLargeError extends Error {
  constructor() {
    super(`its jobs have more than ${mostSteps.toLocaleString("en")} steps with their matrices`);
    this.name = new.target.name;
  }
}

export function createBudget(): Budget {
  let left = mostSteps;
  return {
    spend: (steps) => {
      left -= steps;
      if (left < 0) throw new TooLargeError();
    },
  };
}
