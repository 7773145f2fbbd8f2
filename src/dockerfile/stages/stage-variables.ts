import type { Expanded } from "../expand/expand.ts";
import type { Reason } from "./found.ts";
import { cleanPath } from "../expand/pattern.ts";

/** The result of a word, and the variables that it used. */
export type Word = Pick<Expanded, "value" | "used" | "unset">;

/** For a word without variables. */
export const plain = { used: new Set<string>(), unset: new Set<string>() };

/** A stage's variables and its working directory at one point of a walk. */
export class StageVariables {
  readonly values = new Map<string, string>();
  /** Those that the stage's image has: what ENV or its base set. Undefined if not known for certain. */
  readonly #env = new Map<string, string | undefined>();
  /** What the stage is built on, if its config is not known: it may set any variable. */
  open: { readonly name: string; readonly isImage: boolean } | undefined;
  /** The working directory; undefined if only the base image sets it. */
  workdir: string | undefined;
  /** Names whose values are not known for certain, and why. */
  readonly #vague = new Map<string, Reason>();

  /** Starts with the variables at another stage's end. */
  inherit(from: StageVariables): void {
    for (const [name, value] of from.values) this.values.set(name, value);
    for (const [name, value] of from.#env) this.#env.set(name, value);
    for (const [name, reason] of from.#vague) this.#vague.set(name, reason);
    this.open = from.open;
    this.workdir = from.workdir;
  }

  /** Sets a variable of the image to a value, which is as certain as what it was made of. */
  setEnv(name: string, to: Word): void {
    this.#env.set(name, this.vagueness(to) === undefined ? to.value : undefined);
    this.set(name, to);
  }

  /** The image's variables, `NAME=value`; undefined if they are not known for certain. */
  imageEnv(): readonly string[] | undefined {
    const pairs = [...this.#env];
    if (this.open !== undefined || pairs.some(([, value]) => value === undefined)) return undefined;
    return pairs.map(([name, value = ""]) => `${name}=${value}`);
  }

  /** Sets a variable. Its value is as certain as what it was made of. */
  set(name: string, to: Word): void {
    const reason = this.vagueness(to);
    this.values.set(name, to.value);
    if (reason === undefined) this.#vague.delete(name);
    else this.#vague.set(name, reason);
  }

  /** Why a word may have another value; undefined if it cannot. */
  vagueness({ used, unset }: Word): Reason | undefined {
    const [first] = unset;
    const { open } = this;
    if (open !== undefined && first !== undefined) {
      return { why: `${open.name} may set $${first}`, base: open.isImage ? open.name : undefined };
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
