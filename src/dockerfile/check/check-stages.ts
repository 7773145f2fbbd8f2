import { UsageError } from "../../errors.ts";
import { parseReference } from "../../oci/reference.ts";
import type { Instruction } from "../parse/dockerfile.ts";
import { expandWord } from "../expand/expand.ts";
import type { StageDeclaration } from "../stages/from.ts";
import { inPlace } from "../parse/place.ts";
import { splitFields } from "./mount.ts";

const noVariables: ReadonlyMap<string, string> = new Map();

/**
 * Runs the checks that BuildKit does on all stages, even those that the target does not need
 * (frontend/dockerfile/dockerfile2llb/convert.go, buildDispatchStates to resolveStages): names of
 * stages and images, what `--from` names, and that stages do not copy from each other in a cycle.
 * Throws a usage error with file and line.
 */
export function checkStages(
  stages: readonly StageDeclaration[],
  { file, escape }: { readonly file: string; readonly escape: string },
): void {
  const links = stages.map((stage) => {
    inPlace(file, stage.line, () => {
      checkStageName(stage.name);
      if (baseOf(stage, stages) === undefined) checkImage(stage.from);
    });
    return stage.instructions.flatMap((instruction) =>
      inPlace(file, instruction.line, () =>
        fromsOf(instruction, escape).flatMap((from) => linkOf(from, stages)),
      ).map((to) => ({ to, line: instruction.line })),
    );
  });
  checkCircles(links, stages, file);
}

interface From {
  readonly name: string;
  /** Only COPY accepts a stage's number. */
  readonly mayBeNumber: boolean;
}

/** BuildKit looks up each stage's name as a named context, so it must be a valid image name. */
function checkStageName(name: string | undefined): void {
  if (name === undefined) return;
  try {
    parseReference(name);
  } catch (cause) {
    if (!(cause instanceof UsageError)) throw cause;
    throw new UsageError(`"${name}" is not a valid stage name`, {
      hint: "use a valid image name: it cannot end with -, _ or ., or contain .., ___ or mixed separators such as -_",
      cause,
    });
  }
}

function checkImage(name: string): void {
  if (name !== "scratch") parseReference(name);
}

function baseOf(
  stage: StageDeclaration,
  stages: readonly StageDeclaration[],
): StageDeclaration | undefined {
  return stages.findLast(({ index, name }) => index < stage.index && name === stage.from);
}

function fromsOf({ keyword, flags }: Instruction, escape: string): readonly From[] {
  return flags.flatMap(({ name, value = "" }): readonly From[] => {
    if (keyword === "COPY" && name === "from" && value !== "") {
      if (expandWord(value, noVariables, { escape }).value !== value) {
        throw new UsageError(`variables are not expanded in from=${value}`, {
          hint: `use a named stage instead: declare the ARG before the first FROM, add FROM ${value} AS name, and use from=name`,
        });
      }
      return [{ name: value, mayBeNumber: true }];
    }
    if (keyword !== "RUN" || name !== "mount") return [];
    const from = splitFields("--mount", value).findLast(([key]) => key === "from")?.[1] ?? "";
    return from === "" ? [] : [{ name: from, mayBeNumber: false }];
  });
}

/** The index of the named stage; none if the name is an image's. */
function linkOf(
  { name, mayBeNumber }: From,
  stages: readonly StageDeclaration[],
): readonly number[] {
  // Go's strconv.Atoi accepts a sign.
  if (mayBeNumber && /^[-+]?\d+$/.test(name)) {
    const index = Number(name);
    if (stages[index] !== undefined) return [index];
    throw new UsageError(`stage ${name} not found`, {
      hint: `stage numbers start at 0; the last stage is ${stages.length - 1}`,
    });
  }
  const named = stages.findLast((stage) => stage.name === name.toLowerCase());
  if (named === undefined) checkImage(name);
  return named === undefined ? [] : [named.index];
}

function checkCircles(
  links: readonly (readonly { readonly to: number; readonly line: number }[])[],
  stages: readonly StageDeclaration[],
  file: string,
): void {
  const done = new Set<number>();
  const path = new Set<number>();
  const visit = (index: number): void => {
    if (done.has(index)) return;
    done.add(index);
    path.add(index);
    for (const { to, line } of links[index] ?? []) {
      if (path.has(to)) {
        const message = `this line makes stage "${stages[to]?.name ?? to}" copy from itself`;
        const hint = "copy only from earlier stages";
        throw new UsageError([{ message, hint, file, line }]);
      }
      visit(to);
    }
    path.delete(index);
  };
  for (const { index } of stages) visit(index);
}
