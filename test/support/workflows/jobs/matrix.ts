import { isDeepStrictEqual } from "node:util";
import { type Mapping, list, mapping } from "../document/values.ts";
import { WorkflowError } from "../errors.ts";

/** "A matrix will generate a maximum of 256 jobs per workflow run." */
const mostJobs = 256;

/**
 * The combinations of an evaluated `strategy.matrix`; one without values if there is no matrix.
 * `exclude` is applied first. An `include` joins each combination of which it overwrites no original
 * value, and is one of its own if it joins none. Throws for a matrix that GitHub refuses.
 */
export function expandMatrix(matrix: unknown): readonly Mapping[] {
  if (matrix === undefined) return [{}];
  const { include, exclude, ...vectors } = mapping(matrix);
  const combinations = combine(vectors).filter(
    (combination) => !list(exclude).some((wanted) => fits(mapping(wanted), combination)),
  );
  const joined: { readonly original: Mapping; all: Mapping }[] = combinations.map((original) => ({
    original,
    all: original,
  }));
  const own: Mapping[] = [];
  for (const entry of list(include).map(mapping)) {
    const shared = joined.filter(({ original }) => !overwrites(entry, original));
    for (const combination of shared) combination.all = { ...combination.all, ...entry };
    if (shared.length === 0) own.push(entry);
  }
  const jobs = [...joined.map(({ all }) => all), ...own];
  if (jobs.length === 0) throw new WorkflowError("Matrix must define at least one vector");
  if (jobs.length > mostJobs) {
    throw new WorkflowError(`the matrix makes ${jobs.length} jobs, more than ${mostJobs}`);
  }
  return jobs;
}

function combine(vectors: Mapping): readonly Mapping[] {
  const entries = Object.entries(vectors);
  if (entries.length === 0) return [];
  return entries.reduce<readonly Mapping[]>(
    (combinations, [name, values]) => {
      if (!Array.isArray(values)) throw new WorkflowError(`Matrix vector '${name}' is not a list`);
      if (values.length === 0) {
        throw new WorkflowError(`Matrix vector '${name}' does not contain any values`);
      }
      return combinations.flatMap((combination) =>
        list(values).map((value) => ({ ...combination, [name]: value })),
      );
    },
    [{}],
  );
}

function fits(wanted: Mapping, combination: Mapping): boolean {
  return Object.entries(wanted).every(([key, value]) => isDeepStrictEqual(combination[key], value));
}

function overwrites(entry: Mapping, original: Mapping): boolean {
  return Object.entries(entry).some(
    ([key, value]) => key in original && !isDeepStrictEqual(original[key], value),
  );
}

/** A matrix job's name, if the workflow does not name it: `build (linux, amd64)`. */
export function matrixName(name: string, combination: Mapping): string {
  const values = scalarsOf(Object.values(combination));
  return values.length === 0 ? name : `${name} (${values.join(", ")})`;
}

function scalarsOf(values: readonly unknown[]): readonly string[] {
  return values.flatMap((value) =>
    typeof value === "object" && value !== null ? scalarsOf(Object.values(value)) : [String(value)],
  );
}
