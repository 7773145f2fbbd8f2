import { splitPairs } from "../dockerfile/parse/words.ts";
import type { Context } from "../trust/context.ts";
import type { LegInputs } from "./leg-inputs.ts";

/** Annotations that say which commit, which run or which release something is of (OCI annotations.md). */
const momentary = new Set(
  ["created", "revision", "version", "ref.name"].map((key) => `org.opencontainers.image.${key}`),
);
/** Git abbreviates to no fewer digits by itself. */
const commitLike = /[0-9a-f]{7,64}/g;

/** A warning for each argument that a Dockerfile declares nowhere, whoever gives it. */
export function unusedArgWarnings(read: readonly LegInputs[]): readonly string[] {
  return byVariant(read, ({ recipe, stages }) =>
    stages.unusedArgs
      .filter((arg) => arg in recipe.args)
      .map((name) => `nothing in ${recipe.dockerfile} declares the argument ${name}`),
  );
}

/**
 * Labels in images that do not go with building a leg once: those that name this commit make it
 * built at every commit, and others that are of a moment stay what they are when the leg is used
 * again at the next. Arguments that name the commit do the former, too.
 */
export function commitWarnings(read: readonly LegInputs[], { head }: Context): readonly string[] {
  return byVariant(read, (inputs) => commitFindings(inputs, head));
}

/** Each finding once, with the variants that it is of. */
function byVariant(
  read: readonly LegInputs[],
  find: (inputs: LegInputs) => Iterable<string>,
): readonly string[] {
  const variants = new Map<string, Set<string>>();
  for (const inputs of read) {
    for (const finding of find(inputs)) {
      variants.set(finding, (variants.get(finding) ?? new Set()).add(inputs.recipe.name));
    }
  }
  return [...variants].map(([finding, [first = "", ...others]]) => {
    const more = others.length === 0 ? "" : ` and ${others.length} more`;
    return `${first}${more}: ${finding}`;
  });
}

function* commitFindings(inputs: LegInputs, head: string): Generator<string> {
  const { args, stages, recipe } = inputs;
  // A label that an import makes again in each plan stays nothing: the import warns of it.
  const { movingLabels } = recipe;
  for (const [name, value] of Object.entries(args)) {
    if (!namesCommit(value, head) || !stages.declaredArgs.includes(name)) continue;
    yield `the argument ${name} names the commit, so every commit builds it again (the published index says the commit: leave the argument out)`;
  }
  for (const [name, value] of labelsOf(inputs)) {
    if (namesCommit(value, head)) {
      yield `the label ${name} names the commit, so every commit builds it again (the published index says the commit as an annotation: leave the label out)`;
    } else if (momentary.has(name) && !value.includes("$") && !movingLabels.includes(name)) {
      yield `the label ${name} stays as it is while the image is used again for other commits (the published index says it as an annotation: leave the label out)`;
    }
  }
}

/** Those of the config, and those that the reached stages set, variables not replaced. */
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
