import type { Repository } from "../../../files/repository.ts";
import type { Operation } from "../../../model/operation.ts";
import type { Opaque } from "../../../model/pipeline.ts";
import type { Argument, Invocation } from "../invocation.ts";

/** What a command does with images. */
export interface Done {
  readonly operations?: readonly Operation[];
  readonly opaque?: readonly Opaque[];
}

/** Reads a command; `args` are those after the words that name it. */
export type ReadCommand = (
  args: readonly Argument[],
  invocation: Invocation,
  repository: Repository,
) => Done;

/** Commands by their name, or by several words: `buildx imagetools create`. */
export type Commands = Readonly<Record<string, ReadCommand>>;

/** Runs the command that the first words name; nothing for one that is not among them. */
export function readNamed(
  commands: Commands,
  args: readonly Argument[],
  invocation: Invocation,
  repository: Repository,
): Done {
  for (let words = Math.min(args.length, 3); words > 0; words--) {
    const name = args
      .slice(0, words)
      .map(({ value }) => value.text)
      .join(" ");
    const read = Object.hasOwn(commands, name) ? commands[name] : undefined;
    if (read !== undefined) return read(args.slice(words), invocation, repository);
  }
  return {};
}
