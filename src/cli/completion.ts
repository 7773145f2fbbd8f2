import type { Command } from "commander";
import { UsageError } from "../errors.ts";

/** A completion script of the program's commands and flags. */
export function renderCompletion(shell: string, program: Command): string {
  const words = wordsOf(program, [program.name()]);
  switch (shell) {
    case "bash":
      return renderBash(words);
    case "zsh":
      return `#compdef layerkeep\nautoload -U +X bashcompinit && bashcompinit\n${renderBash(words)}`;
    case "fish":
      return renderFish(words);
    default:
      throw new UsageError(`no completion script for the shell "${shell}"`, {
        hint: "use bash, zsh or fish",
      });
  }
}

interface Words {
  /** `layerkeep registry serve`. */
  readonly path: readonly string[];
  readonly commands: readonly { readonly name: string; readonly description: string }[];
  readonly flags: readonly { readonly long: string; readonly description: string }[];
}

function wordsOf(command: Command, path: readonly string[]): Words[] {
  const own: Words = {
    path,
    commands: command.commands.map((child) => ({
      name: child.name(),
      description: child.description(),
    })),
    flags: command.options.flatMap(({ long, description }) =>
      long === undefined ? [] : [{ long, description }],
    ),
  };
  return [own, ...command.commands.flatMap((child) => wordsOf(child, [...path, child.name()]))];
}

function renderBash(all: readonly Words[]): string {
  const cases = all.map(({ path, commands, flags }) => {
    const words = [...commands.map(({ name }) => name), ...flags.map(({ long }) => long)].join(" ");
    return `    "${path.join(" ")}") words="${words}" ;;`;
  });
  return `_layerkeep() {
  local path=layerkeep words="" word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$path $word" in
${all
  .slice(1)
  .map(({ path }) => `      "${path.join(" ")}") path="${path.join(" ")}" ;;`)
  .join("\n")}
    esac
  done
  case "$path" in
${cases.join("\n")}
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _layerkeep layerkeep
`;
}

function renderFish(all: readonly Words[]): string {
  const lines = all.flatMap(({ path, commands, flags }) => {
    const [, ...below] = path;
    const when =
      below.length === 0
        ? "__fish_use_subcommand"
        : `__fish_seen_subcommand_from ${below.at(-1) ?? ""}`;
    return [
      ...commands.map(
        ({ name, description }) =>
          `complete -c layerkeep -n '${when}' -f -a ${name} -d '${quote(description)}'`,
      ),
      ...flags.map(
        ({ long, description }) =>
          `complete -c layerkeep -n '${when}' -l ${long.slice(2)} -d '${quote(description)}'`,
      ),
    ];
  });
  return `${lines.join("\n")}\n`;
}

function quote(text: string): string {
  return text.replaceAll("'", "\\'");
}
