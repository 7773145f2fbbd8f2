import { UsageError } from "../errors.ts";
import { parseReference } from "../oci/reference.ts";
import { type Dockerfile, flagOf, type Instruction } from "./dockerfile.ts";
import { type Env, type Expanded, expandWord } from "./expand.ts";
import type { GlobalArgs, StageDeclaration } from "./from.ts";
import { familiarName } from "./image-name.ts";
import { inPlace } from "./place.ts";
import { remoteKind } from "./remote-source.ts";
import { sourcesOf } from "./sources.ts";
import type { ContextSource, OutsideImage, ReachedStage, RemoteSource } from "./stages.ts";
import { splitArgs, splitPairs } from "./words.ts";

/** What a walk over stages has come upon. */
export interface Found {
  readonly stages: Set<ReachedStage>;
  /** By familiar name. */
  readonly images: Map<string, OutsideImage>;
  readonly contexts: Set<string>;
  /** Arguments that reached stages declare. */
  readonly declared: Set<string>;
  /** Arguments of before the first FROM that are made use of. */
  readonly globals: Set<string>;
  readonly remotes: RemoteSource[];
  readonly contextSources: ContextSource[];
  /** Some reached stage is built on something from outside, which may have ONBUILD triggers. */
  basedOutside: boolean;
}

/** Walks from a stage to all that it needs, evaluating variables as it goes. */
export class StageWalk {
  readonly found: Found = {
    stages: new Set(),
    images: new Map(),
    contexts: new Set(),
    declared: new Set(),
    globals: new Set(),
    remotes: [],
    contextSources: [],
    basedOutside: false,
  };
  readonly #dockerfile: Dockerfile;
  readonly #declared: readonly StageDeclaration[];
  readonly #globals: GlobalArgs;
  readonly #args: Env;
  readonly #contexts: ReadonlySet<string>;
  /** The variables at the end of each visited stage. */
  readonly #envs = new Map<StageDeclaration, ReadonlyMap<string, string>>();

  constructor(
    dockerfile: Dockerfile,
    declared: readonly StageDeclaration[],
    globals: GlobalArgs,
    args: Env,
    contexts: ReadonlySet<string>,
  ) {
    this.#dockerfile = dockerfile;
    this.#declared = declared;
    this.#globals = globals;
    this.#args = args;
    this.#contexts = contexts;
  }

  /** The variables at the stage's end. Stages are linked backwards only, so this ends. */
  visit(stage: StageDeclaration): ReadonlyMap<string, string> {
    const visited = this.#envs.get(stage);
    if (visited !== undefined) return visited;
    const env = new Map<string, string>();
    this.#envs.set(stage, env);
    // A named context of the stage's name takes the whole stage's place.
    if (stage.name !== undefined && this.#takeContext(stage.name)) return env;
    const links: number[] = [];
    for (const name of stage.used) this.found.globals.add(name);
    const base = this.#declared.findLast(
      ({ index, name }) => index < stage.index && name === stage.from,
    );
    if (base === undefined) this.#baseOn(stage);
    else {
      links.push(base.index);
      for (const [name, value] of this.visit(base)) env.set(name, value);
    }
    const triggers = (base?.instructions ?? []).flatMap(({ trigger }) => trigger ?? []);
    for (const instruction of [...triggers, ...stage.instructions]) {
      inPlace(this.#dockerfile.file, instruction.line, () => {
        this.#take(instruction, stage, env, links);
      });
    }
    const { index, name, from, platform, instructions, line } = stage;
    this.found.stages.add({ index, name, from, platform, links, instructions, line });
    return env;
  }

  #take(
    instruction: Instruction,
    stage: StageDeclaration,
    env: Map<string, string>,
    links: number[],
  ): void {
    const { escape } = this.#dockerfile.directives;
    const expand = (word: string): Expanded => expandWord(word, env, { escape });
    if (instruction.keyword === "ARG") this.#declare(instruction, env);
    else if (instruction.keyword === "ENV") {
      const pairs = splitPairs(instruction.rest, escape);
      if (pairs === undefined) throw new UsageError("ENV takes name=value pairs");
      // All of one ENV are expanded with what was set before it.
      const values = pairs.map((pair) => [expand(pair.name).value, expand(pair.value ?? "").value]);
      for (const [name = "", value = ""] of values) env.set(name, value);
    }
    const { line } = instruction;
    const sources = sourcesOf(instruction, (word) => expand(word).value);
    for (const from of sources.from) this.#link(from, instruction, stage, links);
    for (const written of sources.context) {
      this.found.contextSources.push({ path: expand(written).value, line });
    }
    for (const written of sources.add) {
      const { value, unset } = expand(written);
      const kind = remoteKind(value);
      if (kind === undefined) this.found.contextSources.push({ path: value, line });
      else {
        const flag = flagOf(instruction, "checksum");
        const checksum = flag === undefined ? undefined : expand(flag).value;
        this.found.remotes.push({ kind, url: value, checksum, line, unset: [...unset] });
      }
    }
  }

  /** A given value goes before the stage's default, and that before the global one. */
  #declare(instruction: Instruction, env: Map<string, string>): void {
    const { escape } = this.#dockerfile.directives;
    for (const { name, value } of splitArgs(instruction.rest, escape)) {
      this.found.declared.add(name);
      const given = this.#args.get(name);
      if (given !== undefined) env.set(name, given);
      else if (value !== undefined) env.set(name, expandWord(value, env, { escape }).value);
      else {
        const inherited = this.#globals.env.get(name);
        if (inherited === undefined) continue;
        this.found.globals.add(name);
        env.set(name, inherited);
      }
    }
  }

  /** What `--from` of COPY or of a mount names. */
  #link(from: string, instruction: Instruction, stage: StageDeclaration, links: number[]): void {
    if (/\$./.test(from)) {
      throw new UsageError(`variables are not expanded in from=${from}`, {
        hint: `name a stage for it: FROM ${from} AS name, with an ARG before the first FROM`,
      });
    }
    const named = this.#declared.findLast(({ name }) => name === from.toLowerCase());
    const linked = named ?? (/^\d+$/.test(from) ? this.#numbered(from) : undefined);
    if (linked === undefined) {
      this.#takeOutside(from, instruction.line);
      return;
    }
    if (linked.index >= stage.index) {
      throw new UsageError(`stage "${from}" is not built yet`, {
        hint: "a stage can only take from stages that stand before it",
      });
    }
    links.push(linked.index);
    this.visit(linked);
  }

  #numbered(from: string): StageDeclaration {
    const stage = this.#declared[Number(from)];
    if (stage !== undefined) return stage;
    throw new UsageError(`there is no stage ${from}`, {
      hint: `stages are counted from 0; the last is ${this.#declared.length - 1}`,
    });
  }

  #baseOn(stage: StageDeclaration): void {
    if (stage.from !== "scratch") this.found.basedOutside = true;
    this.#takeOutside(stage.from, stage.line);
  }

  #takeContext(name: string): boolean {
    const familiar = familiarName(name);
    if (familiar === "scratch" || familiar === "context" || !this.#contexts.has(familiar)) {
      return false;
    }
    this.found.contexts.add(familiar);
    return true;
  }

  /** `scratch`, a named context, or else an image from outside. */
  #takeOutside(ref: string, line: number): void {
    if (ref === "scratch" || this.#takeContext(ref)) return;
    inPlace(this.#dockerfile.file, line, () => parseReference(ref));
    const familiar = familiarName(ref);
    if (!this.found.images.has(familiar)) this.found.images.set(familiar, { ref, line });
  }
}
