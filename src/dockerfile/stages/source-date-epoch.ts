import { UsageError } from "../../errors.ts";
import { type Dockerfile, flagOf } from "../parse/dockerfile.ts";
import { type Env, expandWord } from "../expand/expand.ts";
import type { GlobalArgs, StageDeclaration } from "./from.ts";
import { familiarName } from "../image-name.ts";
import { inPlace } from "../parse/place.ts";
import { remoteKind } from "../remote-source.ts";
import type { RemoteSource } from "./found.ts";
import { splitArgs, splitPlain } from "../parse/words.ts";

/** The source whose time BuildKit gives to what it builds. */
export interface EpochSource {
  readonly remotes: readonly RemoteSource[];
  /** Named contexts, keyed by familiar names. */
  readonly contexts: readonly string[];
  /** Arguments that decide which source it is. */
  readonly args: readonly string[];
}

const argument = "SOURCE_DATE_EPOCH";

/**
 * The source that `SOURCE_DATE_EPOCH` names, as a build argument or as an ARG before the first
 * FROM: a named context, or a stage whose remote ADD has the time (moby/buildkit since 0.32:
 * dockerfile2llb/epoch.go). A number names none, nor does `context`, whose address counts anyway.
 * Throws a usage error if a build argument names neither; BuildKit checks the rest.
 */
export function readEpochSource(
  dockerfile: Dockerfile,
  stages: readonly StageDeclaration[],
  globals: GlobalArgs,
  given: { readonly args: Env; readonly contexts: ReadonlyMap<string, unknown> },
): EpochSource {
  const isGlobal = globals.env.has(argument);
  const none: EpochSource = { remotes: [], contexts: [], args: isGlobal ? [argument] : [] };
  const value = given.args.get(argument) ?? globals.env.get(argument) ?? "";
  if (value === "" || value === "context" || /^[-+]?\d+$/.test(value)) return none;
  const context = familiarName(value);
  if (given.contexts.has(context)) return { ...none, contexts: [context] };
  const stage = stages.find(({ name }) => name === value.toLowerCase());
  if (stage !== undefined) return readStage(dockerfile, stage, globals, { ...given, none });
  if (!given.args.has(argument)) return none;
  throw new UsageError(`${argument}=${value} is not a time, a stage or a named context`, {
    hint: "set it to the number of seconds since January 1, 1970",
  });
}

/** Such a stage sees every argument before the first FROM without declaring it. */
function readStage(
  dockerfile: Dockerfile,
  stage: StageDeclaration,
  globals: GlobalArgs,
  { args, none }: { readonly args: Env; readonly none: EpochSource },
): EpochSource {
  const { escape } = dockerfile.directives;
  const variables = new Map(globals.env);
  variables.delete(argument);
  const used = new Set(none.args);
  const expand = (word: string) => {
    const expanded = expandWord(word, variables, { escape });
    for (const name of expanded.used) used.add(name);
    return expanded;
  };
  const remotes: RemoteSource[] = [];
  for (const instruction of stage.instructions) {
    inPlace(dockerfile.file, instruction.line, () => {
      if (instruction.keyword === "ARG") {
        for (const { name, value } of splitArgs(instruction.rest, escape)) {
          used.add(name);
          const known = args.get(name) ?? (value === undefined ? undefined : expand(value).value);
          if (known !== undefined) variables.set(name, known);
        }
      }
      if (instruction.keyword !== "ADD") return;
      const { line, json, rest } = instruction;
      for (const word of (json ?? splitPlain(rest)).slice(0, -1)) {
        const { value: url, unset } = expand(word);
        const kind = remoteKind(url);
        const flag = flagOf(instruction, "checksum");
        const sum = flag === undefined ? undefined : expand(flag);
        // For a source over HTTP the server reports the time; no checksum covers it.
        const checksum = kind === "http" || sum?.value === "" ? undefined : sum?.value;
        const certain = unset.size === 0 && (sum?.unset.size ?? 0) === 0;
        const source = { url, word, checksum, line, certain, by: "file" } as const;
        if (kind !== undefined) remotes.push({ kind, ...source });
      }
    });
  }
  return { remotes, contexts: [], args: [...used] };
}
