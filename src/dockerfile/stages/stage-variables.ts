import type { Expanded } from "../expand/expand.ts";
import type { Reason } from "./found.ts";
import { cleanPath } from "../expand/pattern.ts";

/** What a word came to, and the variables that it was made of. */
export type Word = Pick<Expanded, "value" | "used" | "unset">;

/** Of a word that is made of no variables. */
export const plain = { used: new Set<string>(), unset: new Set<string>() };

/** A stage's variables and its working directory, as far as a walk has come. */
export class StageVariables {
  readonly values = new Map<string, string>();
  /** Those that the stage's image has: what ENV or its base set. Undefined if not known for certain. */
  readonly #env = new Map<string, string | undefined>();
  /** What the stage is built on, if its config is not known, so that any variable may be set. */
  open: { readonly name: string; readonly isImage: boolean } | undefined;
  /** The working directory; undefined if only the base image knows it. */
  workdir: string | undefined;
  /** Names whose values are not known for certain, and why. */
  readonly #vague = new Map<string, Reason>();

  /** Begins with what another stage ended with. */
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

  /** Gives a variable a value, which is as certain as what it was made of. */
  set(name: string, to: Word): void {
    const reason = this.vagueness(to);
    this.values.set(name, to.value);
    if (reason === undefined) this.#vague.delete(name);
    else this.#vague.set(name, reason);
  }

  /** Why a word may come to something else; undefined if it cannot. */
  vagueness({ used, unset }: Word): Reason | undefined {
    const [first] = unset;
    const { open } = this;
    if (open !== undefined && first !== undefined) {
      return { why: `${open.name} may set $${first}`, base: open.isImage ? open.name : undefined };
    }
    const name = [...used].find((one) => this.#vague.has(one));
    return name === undefined ? undefined : this.#vague.get(name);
  }

  /** A folder that is not known moves to one that is not known, unless it is absolute. */
  moveTo(path: string | undefined): void {
    const isKnown = path !== undefined && (path.startsWith("/") || this.workdir !== undefined);
    this.workdir = isKnown ? cleanPath(`/${pathFrom(this.workdir ?? "", path)}`) : undefined;
  }
}

function pathFrom(folder: string, path: string): string {
  return path.startsWith("/") ? path : `${folder}/${path}`;
}
