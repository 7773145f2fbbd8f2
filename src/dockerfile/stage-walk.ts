import { UsageError } from "../errors.ts";
import { parseReference } from "../oci/reference.ts";
import { checkExpanded } from "./check/check-expanded.ts";
import { checkInstruction } from "./check/check-instruction.ts";
import { type Dockerfile, flagOf, type Instruction } from "./dockerfile.ts";
import { type Env, type Expanded, expandWord } from "./expand.ts";
import type { GlobalArgs, StageDeclaration } from "./from.ts";
import { familiarName } from "./image-name.ts";
import { cleanPath } from "./pattern.ts";
import { inPlace } from "./place.ts";
import { remoteKind } from "./remote-source.ts";
import { type Source, sourcesOf } from "./sources.ts";
import type {
  BaseImage,
  ContextSource,
  OutsideImage,
  ReachedStage,
  RemoteSource,
  StageOptions,
  UnknownSource,
} from "./stages.ts";
import { readBaseEnv, readTriggers } from "./triggers.ts";
import { splitArgs, splitPairs } from "./words.ts";

/** What a walk over stages has come upon. */
export interface Found {
  readonly stages: Set<ReachedStage>;
  /** By familiar name. */
  readonly images: Map<string, OutsideImage>;
  /** By name and platform. */
  readonly bases: Map<string, BaseImage>;
  readonly contexts: Set<string>;
  /** Arguments that reached stages declare. */
  readonly declared: Set<string>;
  /** Arguments of before the first FROM that are made use of. */
  readonly globals: Set<string>;
  readonly remotes: RemoteSource[];
  readonly contextSources: ContextSource[];
  readonly unknown: UnknownSource[];
  /** Some FROM may name another stage on another machine. */
  anyStage: boolean;
}

/** What a walk is over. */
export interface StageWalkInput {
  readonly dockerfile: Dockerfile;
  readonly declared: readonly StageDeclaration[];
  readonly globals: GlobalArgs;
  readonly args: Env;
  /** Named contexts, by familiar names, and those of them that are folders. */
  readonly contexts: ReadonlySet<string>;
  readonly folders: ReadonlySet<string>;
  readonly platform: string;
  readonly baseConfig: NonNullable<StageOptions["baseConfig"]>;
}

/** A stage's variables, as far as the walk has come. */
interface Variables {
  readonly values: Map<string, string>;
  /** Names whose values are not known for certain, and why. */
  readonly vague: Map<string, Reason>;
  /** What the stage is built on, where its config is not known, so that any variable may be set. */
  open: { readonly name: string; readonly isImage: boolean } | undefined;
  /** The working directory; undefined where only the base image knows it. */
  workdir: string | undefined;
}

/** Why something is not known for certain. */
type Reason = Omit<UnknownSource, "line">;

/** Walks from a stage to all that it needs, evaluating variables as it goes. */
export class StageWalk {
  readonly found: Found = {
    stages: new Set(),
    images: new Map(),
    bases: new Map(),
    contexts: new Set(),
    declared: new Set(),
    globals: new Set(),
    remotes: [],
    contextSources: [],
    unknown: [],
    anyStage: false,
  };
  readonly #input: StageWalkInput;
  /** The variables at the end of each visited stage. */
  readonly #visited = new Map<StageDeclaration, Variables>();

  constructor(input: StageWalkInput) {
    this.#input = input;
  }

  /** Stages are linked backwards only, so this ends. */
  visit(stage: StageDeclaration): void {
    this.#visit(stage);
  }

  #visit(stage: StageDeclaration): Variables {
    const visited = this.#visited.get(stage);
    if (visited !== undefined) return visited;
    const variables: Variables = {
      values: new Map(),
      vague: new Map(),
      open: undefined,
      workdir: undefined,
    };
    this.#visited.set(stage, variables);
    // A named context of the stage's name takes the whole stage's place.
    const { name: own } = stage;
    const isReserved = own === "scratch" || own === "context";
    if (own !== undefined && !isReserved && this.#takeContext(own, stage.line)) {
      variables.open = this.#openContext(own, stage.line);
      return variables;
    }
    const links: number[] = [];
    for (const name of stage.used) this.found.globals.add(name);
    if (stage.machine.from) {
      this.found.anyStage = true;
      const why = "which image or stage it is hangs on the machine that builds";
      this.#notKnown(stage.line, { why, base: undefined });
    }
    const base = this.#input.declared.findLast(
      ({ index, name }) => index < stage.index && name === stage.from,
    );
    let triggers: readonly Instruction[];
    if (base === undefined) triggers = this.#baseOn(stage, variables);
    else {
      links.push(base.index);
      const inherited = this.#visit(base);
      for (const [name, value] of inherited.values) variables.values.set(name, value);
      for (const [name, reason] of inherited.vague) variables.vague.set(name, reason);
      variables.open = inherited.open;
      variables.workdir = inherited.workdir;
      triggers = base.instructions.flatMap(({ trigger }) => trigger ?? []);
    }
    for (const instruction of [...triggers, ...stage.instructions]) {
      inPlace(this.#input.dockerfile.file, instruction.line, () => {
        const { escape } = this.#input.dockerfile.directives;
        // What ONBUILD defers is first checked where it runs.
        if (triggers.includes(instruction)) checkInstruction(instruction, escape);
        this.#take(instruction, stage, variables, links);
      });
    }
    const { index, name, from, platform, instructions, line } = stage;
    this.found.stages.add({ index, name, from, platform, links, instructions, triggers, line });
    return variables;
  }

  #take(
    instruction: Instruction,
    stage: StageDeclaration,
    variables: Variables,
    links: number[],
  ): void {
    const { escape } = this.#input.dockerfile.directives;
    const expand = (word: string): Expanded => expandWord(word, variables.values, { escape });
    if (instruction.keyword === "ARG") this.#declare(instruction, variables);
    else if (instruction.keyword === "ENV") {
      const pairs = splitPairs(instruction.rest, escape);
      if (pairs === undefined) throw new UsageError("ENV takes name=value pairs");
      // All of one ENV are expanded with what was set before it.
      const values = pairs.map((pair) => [expand(pair.name), expand(pair.value ?? "")] as const);
      for (const [name, value] of values) set(variables, name.value, value);
    }
    const valueOf = (word: string): string | undefined => {
      const expanded = expand(word);
      return vagueness(expanded, variables) === undefined ? expanded.value : undefined;
    };
    const { values, workdir } = variables;
    checkExpanded(instruction, { escape, variables: values, valueOf, workdir });
    if (instruction.keyword === "WORKDIR") moveTo(valueOf(instruction.rest), variables);
    const sources = sourcesOf(instruction, expand);
    const copied = instruction.keyword === "COPY" ? flagOf(instruction, "from") : undefined;
    const froms = new Set([copied, ...sources.map(({ from }) => from)]);
    for (const from of froms) {
      if (from === undefined || from === "") continue;
      const taken = sources.filter((source) => source.from === from);
      this.#link(from, instruction, stage, links, () =>
        taken.map(({ files, word }) => {
          const certain = vagueness(word, variables) === undefined;
          return {
            ...(certain ? files : allFiles),
            label: labelOf(instruction.keyword, word.value),
          };
        }),
      );
    }
    for (const source of sources) {
      if (source.from !== undefined) continue;
      const kind = source.mayBeRemote ? remoteKind(source.word.value) : undefined;
      if (kind === undefined) this.#takeFiles(source, instruction, variables);
      else {
        const flag = flagOf(instruction, "checksum");
        const checksum = flag === undefined ? undefined : expand(flag).value;
        const { value: url, unset } = source.word;
        const { line } = instruction;
        this.found.remotes.push({ kind, url, checksum, line, unset: [...unset] });
      }
    }
  }

  #takeFiles(source: Source, { keyword, line }: Instruction, variables: Variables): void {
    const reason = vagueness(source.word, variables);
    if (reason !== undefined) {
      this.#notKnown(line, reason);
      return;
    }
    this.found.contextSources.push({
      context: undefined,
      ...source.files,
      label: labelOf(keyword, source.word.value),
      line,
    });
  }

  /** A given value goes before the stage's default, and that before the global one. */
  #declare(instruction: Instruction, variables: Variables): void {
    const { globals, args, dockerfile } = this.#input;
    const { escape } = dockerfile.directives;
    for (const { name, value } of splitArgs(instruction.rest, escape)) {
      this.found.declared.add(name);
      const given = args.get(name);
      if (given !== undefined) set(variables, name, { ...certain, value: given });
      else if (value !== undefined) {
        set(variables, name, expandWord(value, variables.values, { escape }));
      } else {
        const inherited = globals.env.get(name);
        if (inherited === undefined) continue;
        this.found.globals.add(name);
        set(variables, name, { ...certain, value: inherited });
        if (globals.machine.has(name)) variables.vague.set(name, onMachine(name));
      }
    }
  }

  /** What `--from` of COPY or of a mount names. */
  #link(
    from: string,
    instruction: Instruction,
    stage: StageDeclaration,
    links: number[],
    taken: () => readonly TakenFiles[],
  ): void {
    if (/\$./.test(from)) {
      throw new UsageError(`variables are not expanded in from=${from}`, {
        hint: `name a stage for it: FROM ${from} AS name, with an ARG before the first FROM`,
      });
    }
    const { declared } = this.#input;
    const named = declared.findLast(({ name }) => name === from.toLowerCase());
    // BuildKit takes a number in COPY alone: in a mount it is an image's name.
    const isNumber = instruction.keyword === "COPY" && /^[-+]?\d+$/.test(from);
    const linked = named ?? (isNumber ? this.#numbered(from) : undefined);
    if (linked === undefined) {
      this.#takeOutside(from, instruction.line, taken);
      return;
    }
    if (linked.index >= stage.index) {
      throw new UsageError(`stage "${from}" is not built yet`, {
        hint: "a stage can only take from stages that stand before it",
      });
    }
    links.push(linked.index);
    this.#visit(linked);
  }

  #numbered(from: string): StageDeclaration {
    const { declared } = this.#input;
    const stage = declared[Number(from)];
    if (stage !== undefined) return stage;
    throw new UsageError(`there is no stage ${from}`, {
      hint: `stages are counted from 0; the last is ${declared.length - 1}`,
    });
  }

  /** Gives the triggers of what a stage is built on, and the variables that it sets. */
  #baseOn(stage: StageDeclaration, variables: Variables): readonly Instruction[] {
    const { from, line } = stage;
    if (from === "scratch") {
      variables.workdir = "/";
      return [];
    }
    if (this.#takeContext(from, line)) {
      variables.open = this.#openContext(from, line);
      return [];
    }
    this.#takeImage(from, line);
    const platform = stage.platform ?? this.#input.platform;
    const config = this.#input.baseConfig(from, platform);
    const triggers = config === undefined ? undefined : readTriggers(config, line);
    const key = `${familiarName(from)} ${platform}`;
    if (!this.found.bases.has(key)) {
      this.found.bases.set(key, { ref: from, platform, known: config !== undefined, line });
    }
    if (config === undefined || triggers === undefined) {
      const why = `only the config of ${from} knows its ONBUILD triggers`;
      // A trigger that cannot be read is not known any better once the config is.
      this.#notKnown(line, { why, base: config === undefined ? from : undefined });
      variables.open = { name: from, isImage: config === undefined };
      return [];
    }
    for (const [name, value] of readBaseEnv(config)) {
      variables.values.set(name, value);
      if (stage.machine.platform) variables.vague.set(name, onMachine(name));
    }
    return triggers;
  }

  /** A folder brings no config; of anything else it is not known. */
  #openContext(name: string, line: number): Variables["open"] {
    if (this.#input.folders.has(familiarName(name))) return undefined;
    const why = `what the named context ${name} brings besides files is not known`;
    this.#notKnown(line, { why, base: undefined });
    return { name, isImage: false };
  }

  #notKnown(line: number, reason: Reason): void {
    this.found.unknown.push({ line, ...reason });
  }

  /** Files of a named context, where there is one of that name: all of them where none are told. */
  #takeContext(name: string, line: number, taken?: () => readonly TakenFiles[]): boolean {
    const context = familiarName(name);
    const { contexts } = this.#input;
    if (!contexts.has(context)) return false;
    this.found.contexts.add(context);
    const files = taken?.() ?? [{ ...allFiles, label: labelOf("FROM", name) }];
    this.found.contextSources.push(...files.map((file) => ({ context, ...file, line })));
    return true;
  }

  /** `scratch`, files of a named context, or else an image from outside. */
  #takeOutside(ref: string, line: number, taken: () => readonly TakenFiles[]): void {
    if (ref !== "scratch" && !this.#takeContext(ref, line, taken)) this.#takeImage(ref, line);
  }

  #takeImage(ref: string, line: number): void {
    inPlace(this.#input.dockerfile.file, line, () => parseReference(ref));
    const familiar = familiarName(ref);
    if (!this.found.images.has(familiar)) this.found.images.set(familiar, { ref, line });
  }
}

type TakenFiles = Omit<ContextSource, "context" | "line">;

const allFiles = { path: "", wildcard: false, include: undefined, exclude: [], picked: false };
const certain = { used: new Set<string>(), unset: new Set<string>() };

type Word = Pick<Expanded, "value" | "used" | "unset">;

/** A folder that is not known moves to one that is not known, unless it is absolute. */
function moveTo(path: string | undefined, variables: Variables): void {
  const isKnown = path !== undefined && (path.startsWith("/") || variables.workdir !== undefined);
  variables.workdir = isKnown
    ? cleanPath(`/${pathFrom(variables.workdir ?? "", path)}`)
    : undefined;
}

function pathFrom(folder: string, path: string): string {
  return path.startsWith("/") ? path : `${folder}/${path}`;
}

function set(variables: Variables, name: string, to: Word): void {
  const reason = vagueness(to, variables);
  variables.values.set(name, to.value);
  if (reason === undefined) variables.vague.delete(name);
  else variables.vague.set(name, reason);
}

/** Why a word may come to something else; undefined where it cannot. */
function vagueness({ used, unset }: Word, { vague, open }: Variables): Reason | undefined {
  const [first] = unset;
  if (open !== undefined && first !== undefined) {
    return { why: `${open.name} may set $${first}`, base: open.isImage ? open.name : undefined };
  }
  const name = [...used].find((one) => vague.has(one));
  return name === undefined ? undefined : vague.get(name);
}

function onMachine(name: string): Reason {
  return { why: `$${name} hangs on the machine that builds`, base: undefined };
}

function labelOf(keyword: string, word: string): string {
  return keyword === "RUN" ? `RUN --mount of ${word}` : `${keyword} ${word}`;
}
