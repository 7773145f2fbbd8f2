import { UsageError } from "../../errors.ts";
import { nearest } from "../../nearest.ts";

/** An action's inputs: what the workflow gives with `with:`, without spaces around it. */
export interface Inputs<Name extends string> {
  /** Undefined if it is not given or empty. */
  text(name: Name): string | undefined;
  /** False if it is not given. Throws a usage error for anything but `true` and `false`. */
  boolean(name: Name): boolean;
  /** The words of a text, with spaces or line breaks between them. */
  words(name: Name): readonly string[];
  /** The lines of a text that are not empty. */
  lines(name: Name): readonly string[];
}

/** Where the runner puts inputs; it writes names in upper case (actions/toolkit, core.ts). */
const prefix = "INPUT_";

/**
 * The inputs of an action. Throws a usage error for one that the action does not have: GitHub only
 * warns of it, and would run without what was asked for.
 */
export function readInputs<Name extends string>(
  names: readonly Name[],
  env: NodeJS.ProcessEnv,
): Inputs<Name> {
  refuseUnknown(names, env);
  const text = (name: Name): string | undefined => {
    const given = env[`${prefix}${name.toUpperCase()}`]?.trim() ?? "";
    return given === "" ? undefined : given;
  };
  return {
    text,
    boolean(name) {
      const given = text(name) ?? "false";
      if (given === "true" || given === "false") return given === "true";
      throw new UsageError(`the input ${name} must be true or false, not "${given}"`);
    },
    words: (name) => (text(name) ?? "").split(/\s+/).filter((word) => word !== ""),
    lines: (name) =>
      (text(name) ?? "")
        .split("\n")
        .map((line) => line.trim())
        .filter((line) => line !== ""),
  };
}

/** A line `name: value` of an input. Throws a usage error for any other. */
export function parseLine(input: string, line: string): readonly [name: string, value: string] {
  const [, name, value] = /^([^:\s]+):\s*(.*)$/.exec(line) ?? [];
  if (name !== undefined && value !== undefined) return [name, value];
  throw new UsageError(`the input "${input}" has an invalid line, "${line}": expected name: value`);
}

/** The environment without the inputs, which are for the action alone. */
export function withoutInputs(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith(prefix)));
}

function refuseUnknown(names: readonly string[], env: NodeJS.ProcessEnv): void {
  const known = new Set(names.map((name) => `${prefix}${name.toUpperCase()}`));
  const unknown = Object.keys(env)
    .filter((name) => name.startsWith(prefix) && !known.has(name))
    .map((name) => name.slice(prefix.length).toLowerCase());
  if (unknown.length === 0) return;
  throw new UsageError(
    unknown.map((name) => {
      const meant = nearest(name, names);
      const hint = meant === undefined ? undefined : `did you mean ${meant}?`;
      return { message: `this action has no input ${name}`, hint };
    }),
    { hint: `it has ${names.join(", ")}` },
  );
}
