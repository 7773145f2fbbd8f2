import type { Instruction } from "../../dockerfile/parse/dockerfile.ts";
import { familiarName } from "../../dockerfile/image-name.ts";
import type { Stages } from "../../dockerfile/stages/stages.ts";

/** Decides which input affects which step. */
export interface StageModel {
  /** By the names that BuildKit gives stages in its step names. */
  readonly stages: ReadonlyMap<string, StageFacts>;
  /** By first line number. */
  readonly instructions: ReadonlyMap<number, Pick<Instruction, "keyword" | "text">>;
  /** The refresh argument. */
  readonly refresh: string | undefined;
}

interface StageFacts {
  /** The stage that it is built on, by BuildKit's name. */
  readonly base: string | undefined;
  /** Arguments declared by it, or by a stage that it is built on. */
  readonly args: ReadonlySet<string>;
  /** Its base image, as written, or the familiar name of the context that it is built on. */
  readonly images: ReadonlySet<string>;
}

/** Builds the model of a leg's stages; `refresh` is the refresh argument's name. */
export function stageModel(
  { reached, images, contexts }: Stages,
  refresh: string | undefined,
): StageModel {
  const stages = new Map<string, StageFacts>();
  // BuildKit gives the only stage of a file no name, and calls other unnamed stages by their
  // number.
  const single = reached.length === 1 && reached[0]?.index === 0;
  const nameOf = (index: number, name: string | undefined): string =>
    name ?? (single ? "" : `stage-${index}`);
  for (const { index, name, from, instructions } of reached) {
    const parent = reached.findLast((other) => other.index < index && other.name === from);
    const parentName = parent === undefined ? undefined : nameOf(parent.index, parent.name);
    const inherited = parentName === undefined ? undefined : stages.get(parentName);
    const own = instructions
      .filter(({ keyword }) => keyword === "ARG")
      .flatMap(({ rest }) => rest.split(/\s+/).map((word) => word.split("=", 1)[0] ?? ""));
    const refs = [...images.map(({ ref }) => ref), ...contexts].filter(
      (name) => familiarName(name) === familiarName(from),
    );
    stages.set(nameOf(index, name), {
      base: parentName,
      args: new Set([...own, ...(inherited?.args ?? [])]),
      images: parent === undefined ? new Set(refs) : (inherited?.images ?? new Set()),
    });
  }
  const lines = reached.flatMap(({ instructions }) =>
    instructions.map((instruction) => [instruction.line, instruction] as const),
  );
  return { stages, instructions: new Map(lines), refresh };
}
