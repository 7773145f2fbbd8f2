import type { Repository } from "../files/repository.ts";

/** What is read of a workflow has a bound, as calls, actions and matrices multiply its steps. */
export interface Budget {
  /** Counts steps, or what takes as long. Throws `TooLargeError` if they are too many. */
  readonly spend: (steps: number) => void;
}

/**
 * In all ways to start it: several times what the largest real workflows have, and still read in
 * seconds.
 */
const mostSteps = 150_000;
/** All workflows of a repository are in memory together, about 2 kB for each step. */
const mostOfRepository = 300_000;

/** A workflow has more steps than are read. */
export class TooLargeError extends Error {
  constructor(whose: string, most: number) {
    super(`${whose} have more than ${most.toLocaleString("en")} steps, counting all matrix jobs`);
    this.name = new.target.name;
  }
}

const left = new WeakMap<Repository, number>();

/** For one workflow of a repository, which has a bound of its own. */
export function createBudget(repository: Repository): Budget {
  let own = mostSteps;
  return {
    spend: (steps) => {
      own -= steps;
      if (own < 0) throw new TooLargeError("the jobs of this workflow", mostSteps);
      const all = (left.get(repository) ?? mostOfRepository) - steps;
      if (all < 0) throw new TooLargeError("the workflows of this repository", mostOfRepository);
      left.set(repository, all);
    },
  };
}
