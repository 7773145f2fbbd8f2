import type { Problem } from "../errors.ts";
import { suggest } from "../nearest.ts";

/** Declared variables; undefined if one has no value yet. */
export type Variables = ReadonlyMap<string, string | undefined>;

export interface Substituted {
  readonly text: string;
  readonly problems: readonly Problem[];
}

const pattern = /\$\$|\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}|\$\{/g;

/**
 * The text with `${NAME}` and `${NAME:-default}` replaced (by the default if the variable has no
 * value or an empty one), and `$$` replaced by `$`. What cannot be replaced stays, and is a
 * problem.
 */
export function substituteVariables(text: string, variables: Variables): Substituted {
  if (!text.includes("$")) return { text, problems: [] };
  const problems: Problem[] = [];
  const replaced = text.replace(
    pattern,
    (match, name: string | undefined, fallback: string | undefined) => {
      if (match === "$$") return "$";
      const problem = name === undefined ? notAName(text) : check(name, fallback, variables);
      if (name === undefined || problem !== undefined) {
        if (problem !== undefined) problems.push(problem);
        return match;
      }
      const value = variables.get(name);
      return fallback !== undefined && (value ?? "") === "" ? fallback : (value ?? "");
    },
  );
  return { text: replaced, problems };
}

function check(
  name: string,
  fallback: string | undefined,
  variables: Variables,
): Problem | undefined {
  if (!variables.has(name)) {
    const names = [...variables.keys()];
    return {
      message: `\${${name}} is not declared in vars`,
      hint:
        names.length === 0
          ? `declare it under vars, or use $\${${name}} for literal text`
          : suggest(name, names),
    };
  }
  if (fallback === undefined && variables.get(name) === undefined) {
    return {
      message: `\${${name}} has no value`,
      hint: `pass --var ${name}=…, set LAYERKEEP_VAR_${name}, or set it under vars`,
    };
  }
  return undefined;
}

function notAName(text: string): Problem {
  return {
    message: `"${text}" contains a \${ that does not start a variable`,
    hint: "use ${NAME} or ${NAME:-default}, or $${ for a literal ${",
  };
}
