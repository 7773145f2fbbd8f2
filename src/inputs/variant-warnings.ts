import { type Problem, renderProblem, UsageError } from "../errors.ts";
import { parsePlatform } from "../oci/platform.ts";
import { splitPairs } from "../dockerfile/parse/words.ts";
import type { Context } from "../trust/context.ts";
import type { LegInputs } from "./leg-inputs.ts";

/** Annotations that identify a commit, a run or a release (OCI annotations.md). */
const momentary = new Set(
  ["created", "revision", "version", "ref.name"].map((key) => `org.opencontainers.image.${key}`),
);
/** Git's own abbreviations have at least this many digits. */
const commitLike = /[0-9a-f]{7,64}/g;

/** A warning for each argument of a variant that the Dockerfile does not declare. */
export function unusedArgWarnings(read: readonly LegInputs[]): readonly string[] {
  return byVariant(read, ({ recipe, stages }) =>
    stages.unusedArgs
      .filter((arg) => Object.hasOwn(recipe.args, arg))
      .map((name) => `${recipe.dockerfile} does not declare the argument ${name}`),
  );
}

/**
 * A problem for each FROM whose platform containerd does not know, such as `linux/amd46`. Only of
 * images: the platform of a stage is that of its base.
 */
export function unknownPlatforms(read: readonly LegInputs[]): readonly Problem[] {
  const found = read.flatMap(({ recipe, stages }) =>
    stages.bases.flatMap(({ platform, line }): Problem[] => {
      const why = whyUnknown(platform);
      if (why === undefined) return [];
      const message = `FROM --platform=${platform}: ${why.message}`;
      return [{ file: recipe.dockerfile, line, message, hint: why.hint }];
    }),
  );
  return [...new Map(found.map((problem) => [renderProblem(problem), problem])).values()];
}

function whyUnknown(platform: string): UsageError | undefined {
  // An operating system or an architecture alone, and versions of one, are the engine's to read.
  if (!/^[a-z0-9]+(?:\/[a-z0-9_.-]+){1,2}$/i.test(platform)) return undefined;
  try {
    parsePlatform(platform);
    return undefined;
  } catch (error) {
    if (error instanceof UsageError) return error;
    throw error;
  }
}

/**
 * Warns of image labels that conflict with building a leg once: one that names the commit causes a
 * build at every commit, and another that belongs to a moment becomes stale when the leg is reused.
 * An argument that names the commit has the first effect, too.
 */
export function commitWarnings(read: readonly LegInputs[], { head }: Context): readonly string[] {
  return byVariant(read, (inputs) => commitFindings(inputs, head));
}

/** Each finding once for a variant, however many platforms it has. */
function byVariant(
  read: readonly LegInputs[],
  find: (inputs: LegInputs) => Iterable<string>,
): readonly string[] {
  const found = read.flatMap((inputs) =>
    [...find(inputs)].map((finding) => `${inputs.recipe.name}: ${finding}`),
  );
  return [...new Set(found)];
}

function* commitFindings(inputs: LegInputs, head: string): Generator<string> {
  const { args, stages, recipe } = inputs;
  // A label that an import sets again in each plan does not become stale: the import warns of it.
  const { movingLabels } = recipe;
  for (const [name, value] of Object.entries(args)) {
    if (!namesCommit(value, head) || !stages.declaredArgs.includes(name)) continue;
    yield `the argument ${name} contains the commit, so every commit triggers a build. Remove the argument: the published index records the commit anyway`;
  }
  for (const [name, value] of labelsOf(inputs)) {
    if (namesCommit(value, head)) {
      yield `the label ${name} contains the commit, so every commit triggers a build. Remove the label: the published index records the commit in an annotation`;
    } else if (momentary.has(name) && !value.includes("$") && !movingLabels.includes(name)) {
      yield `the label ${name} is not updated when other commits reuse the image. Remove the label: the published index has it as an annotation`;
    }
  }
}

/** The config's labels, and those that the reached stages set, with variables not expanded. */
function labelsOf({ recipe, file, stages }: LegInputs): readonly (readonly [string, string])[] {
  const { escape } = file.dockerfile.directives;
  const written = stages.reached
    .flatMap(({ triggers, instructions }) => [...triggers, ...instructions])
    .filter(({ keyword }) => keyword === "LABEL")
    .flatMap(({ rest }) => splitPairs(rest, escape) ?? []);
  return [
    ...Object.entries(recipe.labels),
    ...written.map(({ name, value }) => [unquoted(name), unquoted(value ?? "")] as const),
  ];
}

function namesCommit(value: string, head: string): boolean {
  return head !== "" && (value.match(commitLike) ?? []).some((word) => head.startsWith(word));
}

function unquoted(text: string): string {
  return text.replace(/^(["'])(.*)\1$/, "$2");
}
