import type { Expanded } from "../expand/expand.ts";
import type { Reason } from "./found.ts";
import { cleanPath } from "../expand/pattern.ts";

/** The result of a word, and the variables that it used. */
export type Word = Pick<Expanded, "value" | "used" | "unset">;

/** A variable's value, and why it may be another. */
interface Kept {
  readonly value: string;
  readonly reason: Reason | undefined;
}

/** For a word without variables. */
export const plain = { used: new Set<string>(), unset: new Set<string>() };

/** A stage's variables and its working directory at one point of a walk. */
export class StageVariables {
  readonly values = new Map<string, string>();
  /** Those that the stage's image has: what ENV or its base set. */
  readonly #env = new Map<string, Kept>();
  /** What the stage is built on, if its config is not known: it may set any variable. */
  open: { readonly name: string; readonly isImage: boolean } | undefined;
  /** The working directory; undefined if only the base image sets it. */
  workdir: string | undefined;
  /** Names whose values are not known for certain, and why. */
  readonly #vague = new Map<string, Reason>();

  /**
   * Starts with the variables at another stage's end, and then those of its image: an ARG after an
   * ENV of the same name ends with its stage.
   */
  inherit(from: StageVariables): void {
    for (const [name, value] of from.values) this.values.set(name, value);
    for (const [name, reason] of from.#vague) this.#vague.set(name, reason);
    for (const [name, kept] of from.#env) {
      this.#env.set(name, kept);
      this.#assign(name, kept);
    }
    this.open = from.open;
    this.workdir = from.workdir;
  }

  /** Sets a variable of the image to a value, which is as certain as what it was made of. */
  setEnv(name: string, to: Word): void {
    const kept = { value: to.value, reason: this.vagueness(to) };
    this.#env.set(name, kept);
    this.#assign(name, kept);
  }

  /** The image's variables, `NAME=value`; undefined if they are not known for certain. */
  imageEnv(): readonly string[] | undefined {
    const kept = [...this.#env];
    const isVague = kept.some(([, { reason }]) => reason !== undefined);
    if (this.open !== undefined || isVague) return undefined;
    return kept.map(([name, { value }]) => `${name}=${value}`);
  }

  /** Sets a variable. Its value is as certain as what it was made of. */
  set(name: string, to: Word): void {
    this.#assign(name, { value: to.value, reason: this.vagueness(to) });
  }

  #assign(name: string, { value, reason }: Kept): void {
    this.values.set(name, value);
    if (reason === undefined) this.#vague.delete(name);
    else this.#vague.set(name, reason);
  }

  /** Why a word may have another value; undefined if it cannot. */
  vagueness({ used, unset }: Word): Reason | undefined {
    const [first] = unset;
    const { open } = this;
    if (open !== undefined && first !== undefined) {
      return {
        why: `${open.name} might set $${first}`,
        base: open.isImage ? open.name : undefined,
      };
    }
    const name = [...used].find((one) => this.#vague.has(one));
    return name === undefined ? undefined : this.#vague.get(name);
  }

  /** A relative path in an unknown folder is unknown; an absolute path is not. */
  moveTo(path: string | undefined): void {
    const isKnown = path !== undefined && (path.startsWith("/") || this.workdir !== undefined);
    this.workdir = isKnown ? cleanPath(`/${pathFrom(this.workdir ?? "", path)}`) : undefined;
  }
}

function pathFrom(folder: string, path: string): string {
  return path.startsWith("/") ? path : `${folder}/${path}`;
}
