import { UsageError } from "../../errors.ts";
import { checkExpanded } from "../check/check-expanded.ts";
import { checkInstruction } from "../check/check-instruction.ts";
import { type Dockerfile, flagOf, type Instruction } from "../parse/dockerfile.ts";
import { type Env, type Expanded, expandWord } from "../expand/expand.ts";
import { cacheMountsOf } from "./cache-mounts.ts";
import type { GlobalArgs, StageDeclaration } from "./from.ts";
import {
  allFiles,
  Found,
  type ImageUse,
  labelOf,
  type RemoteSource,
  type TakenFiles,
} from "./found.ts";
import { familiarName } from "../image-name.ts";
import { inPlace } from "../parse/place.ts";
import { remoteKind } from "../remote-source.ts";
import { type Source, sourcesOf } from "./sources.ts";
import { type BaseSources, baseOn, baseOnContext } from "./stage-bases.ts";
import { plain, StageVariables, type Word } from "./stage-variables.ts";
import { readTriggers } from "./triggers.ts";
import { splitArgs, splitPairs } from "../parse/words.ts";

/** The input of a walk. */
export interface StageWalkInput extends BaseSources {
  readonly dockerfile: Dockerfile;
  readonly declared: readonly StageDeclaration[];
  readonly globals: GlobalArgs;
  readonly args: Env;
}

/** Where an instruction appears. */
interface Place {
  readonly stage: StageDeclaration;
  readonly variables: StageVariables;
  readonly links: number[];
  /** Whether it is written in the file, or is a trigger of an image. */
  readonly by: ImageUse["by"];
  /** The escape character that splits it into words; those are expanded with the file's. */
  readonly lineEscape: string;
}

/** What BuildKit splits a trigger with, whatever the escape directive says. */
const triggerEscape = "\\";

/** Arguments that are no variables (dockerfile2llb, nonEnvArgs). */
const notVariables = new Set(["BUILDKIT_SBOM_SCAN_CONTEXT", "BUILDKIT_SBOM_SCAN_STAGE"]);

/** Walks from a stage to everything that it needs, evaluating variables on the way. */
export class StageWalk {
  readonly found: Found;
  readonly #input: StageWalkInput;
  /** The variables at the end of each visited stage. */
  readonly #visited = new Map<StageDeclaration, StageVariables>();

  constructor(input: StageWalkInput) {
    this.#input = input;
    this.found = new Found(input.dockerfile.file, input.contexts);
  }

  /**
   * Walks a stage and everything that it needs, and returns its variables at its end. Stages depend
   * only on earlier ones, so this ends.
   */
  visit(stage: StageDeclaration): StageVariables {
    const visited = this.#visited.get(stage);
    if (visited !== undefined) return visited;
    const variables = new StageVariables();
    this.#visited.set(stage, variables);
    // A named context with the stage's name replaces the whole stage.
    const { name: own } = stage;
    const isReserved = own === "scratch" || own === "context";
    if (own !== undefined && !isReserved && this.found.takeContext(own, stage.line)) {
      this.found.replaced.set(stage.index, familiarName(own));
      const triggers = baseOnContext(own, { stage, variables }, this.found, this.#input);
      if (triggers.length > 0) {
        const why = `the ONBUILD triggers of ${own} may or may not run`;
        this.found.notKnown(stage.line, { why, base: undefined });
      }
      return variables;
    }
    const links: number[] = [];
    for (const name of stage.used) this.found.globals.add(name);
    const base = this.#input.declared.findLast(
      ({ index, name }) => index < stage.index && name === stage.from,
    );
    const { escape } = this.#input.dockerfile.directives;
    let triggers: readonly Instruction[];
    if (base === undefined) triggers = baseOn({ stage, variables }, this.found, this.#input);
    else {
      links.push(base.index);
      variables.inherit(this.visit(base));
      triggers = triggersOf(base, escape);
    }
    const by = base === undefined ? "base-trigger" : "file";
    for (const instruction of triggers) {
      // What ONBUILD defers is first checked where it runs.
      inPlace(this.#input.dockerfile.file, instruction.line, () =>
        checkInstruction(instruction, triggerEscape),
      );
      this.#takeAt(instruction, { stage, variables, links, by, lineEscape: triggerEscape });
    }
    for (const instruction of stage.instructions) {
      const by = "file";
      this.#takeAt(instruction, { stage, variables, links, by, lineEscape: escape });
    }
    const { index, name, from, platform, instructions, line } = stage;
    this.found.stages.add({ index, name, from, platform, links, instructions, triggers, line });
    return variables;
  }

  #takeAt(instruction: Instruction, at: Place): void {
    inPlace(this.#input.dockerfile.file, instruction.line, () => this.#take(instruction, at));
  }

  #take(instruction: Instruction, at: Place): void {
    const { variables, by, lineEscape } = at;
    const { escape } = this.#input.dockerfile.directives;
    const expand = (word: string): Expanded => expandWord(word, variables.values, { escape });
    if (instruction.keyword === "ARG") this.#declare(instruction, at);
    else if (instruction.keyword === "ENV") {
      const pairs = splitPairs(instruction.rest, lineEscape);
      if (pairs === undefined) throw new UsageError("ENV requires name=value pairs");
      // All pairs of one ENV are expanded with the variables set before it.
      const values = pairs.map((pair) => [expand(pair.name), expand(pair.value ?? "")] as const);
      for (const [name, value] of values) variables.setEnv(name.value, value);
    }
    const valueOf = (word: string): string | undefined => {
      const expanded = expand(word);
      return variables.vagueness(expanded) === undefined ? expanded.value : undefined;
    };
    const { values, workdir } = variables;
    checkExpanded(instruction, { escape, lineEscape, variables: values, valueOf, workdir });
    if (instruction.keyword === "WORKDIR") variables.moveTo(valueOf(instruction.rest));
    for (const mount of cacheMountsOf(instruction, valueOf)) {
      const { index } = at.stage;
      this.found.cacheMounts.push({ ...mount, stage: index, line: instruction.line });
    }
    const sources = sourcesOf(instruction, expand);
    const copied = instruction.keyword === "COPY" ? flagOf(instruction, "from") : undefined;
    const froms = new Set([copied, ...sources.map(({ from }) => from)]);
    for (const from of froms) {
      if (from === undefined || from === "") continue;
      const taken = sources.filter((source) => source.from === from);
      this.#link(from, instruction, at, () =>
        taken.map(({ files, word, written }) => {
          const certain = variables.vagueness(word) === undefined;
          const label = labelOf(instruction.keyword, word.value);
          return { ...(certain ? files : allFiles), label, written };
        }),
      );
    }
    for (const source of sources) {
      if (source.from !== undefined) continue;
      const kind = source.mayBeRemote ? this.#remoteKind(source, variables) : undefined;
      if (kind === undefined) this.#takeFiles(source, instruction, variables);
      else {
        const flag = flagOf(instruction, "checksum");
        const sum = flag === undefined ? undefined : expand(flag);
        const { line } = instruction;
        this.found.remotes.push({
          kind,
          url: source.word.value,
          word: source.written,
          // An empty checksum is ignored: BuildKit then accepts any content.
          checksum: sum?.value === "" ? undefined : sum?.value,
          line,
          certain: [source.word, ...(sum === undefined ? [] : [sum])].every(
            (word) => variables.vagueness(word) === undefined,
          ),
          by,
        });
      }
    }
  }

  /** A word that begins with an unknown variable may be an address or a path. */
  #remoteKind(
    { word, written }: Source,
    variables: StageVariables,
  ): RemoteSource["kind"] | undefined {
    const kind = remoteKind(word.value);
    const mayBe = kind ?? (/^["']?\$/.test(written) ? "http" : undefined);
    return kind === undefined && variables.vagueness(word) === undefined ? undefined : mayBe;
  }

  #takeFiles(source: Source, { keyword, line }: Instruction, variables: StageVariables): void {
    const reason = variables.vagueness(source.word);
    if (reason !== undefined) {
      this.found.notKnown(line, reason);
      return;
    }
    this.found.contextSources.push({
      context: undefined,
      ...source.files,
      label: labelOf(keyword, source.word.value),
      written: source.written,
      line,
    });
  }

  /** A given value overrides the stage's default, which overrides the global one. */
  #declare(instruction: Instruction, { variables, lineEscape }: Place): void {
    const { globals, args, dockerfile } = this.#input;
    const { escape } = dockerfile.directives;
    for (const { name, value } of splitArgs(instruction.rest, lineEscape)) {
      this.found.declared.add(name);
      const set = (to: Word): void => {
        if (!notVariables.has(name)) variables.set(name, to);
      };
      const given = args.get(name);
      if (given !== undefined) set({ ...plain, value: given });
      else if (value !== undefined) {
        this.found.defaulted.add(name);
        set(expandWord(value, variables.values, { escape }));
      } else {
        const inherited = globals.env.get(name);
        if (inherited === undefined) continue;
        this.found.globals.add(name);
        set({ ...plain, value: inherited });
      }
    }
  }

  /** Resolves what `--from` of COPY or of a mount names. */
  #link(
    from: string,
    instruction: Instruction,
    { stage, links, by }: Place,
    taken: () => readonly TakenFiles[],
  ): void {
    if (/\$./.test(from)) {
      throw new UsageError(`variables are not expanded in from=${from}`, {
        hint: `use a named stage instead: declare the ARG before the first FROM, add FROM ${from} AS name, and use from=name`,
      });
    }
    const { declared } = this.#input;
    const named = declared.findLast(({ name }) => name === from.toLowerCase());
    // BuildKit accepts a number only in COPY: in a mount it is an image's name.
    const isNumber = instruction.keyword === "COPY" && /^[-+]?\d+$/.test(from);
    const linked = named ?? (isNumber ? this.#numbered(from) : undefined);
    if (linked === undefined) {
      this.found.takeOutside({ ref: from, line: instruction.line, by }, taken);
      return;
    }
    if (linked.index >= stage.index) {
      throw new UsageError(`stage "${from}" does not come before this one`, {
        hint: "copy only from earlier stages",
      });
    }
    links.push(linked.index);
    this.visit(linked);
  }

  #numbered(from: string): StageDeclaration {
    const { declared } = this.#input;
    const stage = declared[Number(from)];
    if (stage !== undefined) return stage;
    throw new UsageError(`stage ${from} not found`, {
      hint: `stage numbers start at 0; the last stage is ${declared.length - 1}`,
    });
  }
}

/** What a stage defers: BuildKit reads it again, as the text that an image's config has. */
function triggersOf(base: StageDeclaration, escape: string): readonly Instruction[] {
  const written = base.instructions.flatMap(({ trigger }) => trigger ?? []);
  if (escape === triggerEscape) return written;
  return written.map((trigger) => {
    const [read] = readTriggers({ env: [], onbuild: [trigger.text] }, trigger.line) ?? [];
    return read ?? trigger;
  });
}
