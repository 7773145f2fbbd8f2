import { flagOf, type Instruction } from "./dockerfile.ts";
import { parseHeredoc } from "./heredoc.ts";
import { splitPlain } from "./words.ts";

/** What one instruction takes from outside its stage. Words are as written, not yet expanded. */
export interface Sources {
  /** Stages, images, named contexts or a stage's number. */
  readonly from: readonly string[];
  /** Paths of the build context. */
  readonly context: readonly string[];
  /** Sources of ADD: local paths too, since only expansion tells them from URLs. */
  readonly add: readonly string[];
}

/**
 * The sources of COPY, ADD and RUN. `expand` is for the fields of `--mount`, which decide by
 * their values whether there is a source.
 */
export function sourcesOf(instruction: Instruction, expand: (word: string) => string): Sources {
  const none: Sources = { from: [], context: [], add: [] };
  switch (instruction.keyword) {
    case "COPY": {
      const from = flagOf(instruction, "from");
      return from === undefined
        ? { ...none, context: sourceWordsOf(instruction) }
        : { ...none, from: [from] };
    }
    case "ADD":
      return { ...none, add: sourceWordsOf(instruction) };
    case "RUN":
      return instruction.flags
        .filter(({ name }) => name === "mount")
        .map(({ value }) => mountSources(value ?? "", expand))
        .reduce(
          (all, one) => ({
            ...none,
            from: [...all.from, ...one.from],
            context: [...all.context, ...one.context],
          }),
          none,
        );
    default:
      return none;
  }
}

/** All words but the last, which is where they go; heredocs bring their own content. */
function sourceWordsOf(instruction: Instruction): readonly string[] {
  const words = instruction.json ?? splitPlain(instruction.rest);
  const inline = new Set(instruction.heredocs.map(({ name }) => name));
  return words.slice(0, -1).filter((word) => {
    const heredoc = instruction.json === undefined ? parseHeredoc(word) : undefined;
    return heredoc === undefined || !inline.has(heredoc.name);
  });
}

/** `--mount=type=bind,from=x,source=y`: a bind mount without `from` is of the build context. */
function mountSources(value: string, expand: (word: string) => string): Sources {
  const fields = new Map(
    splitCommas(value).map((field) => {
      const equals = field.indexOf("=");
      const key = (equals < 0 ? field : field.slice(0, equals)).toLowerCase();
      const written = equals < 0 ? "" : field.slice(equals + 1);
      return [key, key === "from" ? written : expand(written)] as const;
    }),
  );
  const type = (fields.get("type") ?? "bind").toLowerCase();
  const from = fields.get("from") ?? "";
  if (type !== "bind" && type !== "cache") return { from: [], context: [], add: [] };
  if (from !== "") return { from: [from], context: [], add: [] };
  const path = fields.get("source") ?? fields.get("src") ?? "/";
  return { from: [], context: type === "bind" ? [path] : [], add: [] };
}

/** CSV: a field in double quotes may hold commas. */
function splitCommas(text: string): readonly string[] {
  return (text.match(/(?:"[^"]*"|[^,"])+/g) ?? []).map((field) => field.replaceAll('"', ""));
}
