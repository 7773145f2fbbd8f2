import type { Constancy, Tri, Value } from "./value.ts";

/** What expressions are evaluated in. */
export interface Scope {
  readonly contexts: Contexts;
  /** What `success()`, `failure()`, `always()` and `cancelled()` return. */
  readonly status?: Readonly<Record<string, Tri>>;
  /** Called with each question whose answer a value depends on. */
  readonly asked?: ((question: Question) => void) | undefined;
}

export interface Contexts {
  readonly get: (name: string) => Context | undefined;
}

/** A context: what is known of it. In an open one, at any depth, a run may know more. */
export interface Context {
  readonly values: Values;
  readonly open: boolean;
  /** Of what is not known of it. */
  readonly constancy: Constancy;
}

export interface Values {
  readonly [key: string]: Value;
}

/** A scope in which one context is another one. The others are not copied: every job has scopes. */
export function withContext(scope: Scope, name: string, context: Context): Scope {
  return { ...scope, contexts: new ChangedContexts(scope.contexts, name, context) };
}

class ChangedContexts implements Contexts {
  readonly #others: Contexts;
  readonly #name: string;
  readonly #context: Context;

  constructor(before: Contexts, name: string, context: Context) {
    const isReplaced = before instanceof ChangedContexts && before.#name === name;
    this.#others = isReplaced ? before.#others : before;
    this.#name = name;
    this.#context = context;
  }

  get(name: string): Context | undefined {
    return name === this.#name ? this.#context : this.#others.get(name);
  }
}

/**
 * Something about a context: whether it is open and how constant, all of its values, or one of them
 * by a name in any case (`property`) or as it is written (`entry`).
 */
export type Question = { readonly context: string } & (
  | { readonly about: "openness" | "values" }
  | { readonly about: "property" | "entry"; readonly name: string }
);

/** The answer in a scope: a value or values, a text for openness, undefined if there is none. */
export function answerIn({ contexts }: Scope, question: Question): Value | Values | undefined {
  const context = contexts.get(question.context);
  if (context === undefined) return undefined;
  const { values, open, constancy } = context;
  switch (question.about) {
    case "openness":
      return `${open ? "open" : "closed"} ${constancy}`;
    case "values":
      return values;
    case "property":
      return propertyOf(values, question.name);
    case "entry":
      return entryOf(values, question.name);
  }
}

/** The value with exactly this name. */
export function entryOf(of: Values, name: string): Value | undefined {
  return Object.hasOwn(of, name) ? of[name] : undefined;
}

/** Names of properties are compared without regard to case. */
export function propertyOf(of: Values, key: string): Value | undefined {
  if (Object.hasOwn(of, key)) return of[key];
  const wanted = key.toLowerCase();
  const name = Object.keys(of).find((candidate) => candidate.toLowerCase() === wanted);
  return name === undefined ? undefined : of[name];
}
