import type { Problem } from "../../../errors.ts";
import type { Variables } from "../../variables.ts";

export interface Interpolated {
  readonly text: string;
  readonly problems: readonly Problem[];
}

/** A default may contain a variable with a default, and so on. */
const deepest = 20;
/**
 * The longest variable with its operator; a text may be long, and is not copied for each variable.
 */
const longestName = 500;
const named = /^([A-Za-z_][A-Za-z0-9_]*)(?:(:?[-+?])|\})/;

/**
 * The text with `$NAME`, `${NAME}` and their forms `:-`, `-`, `:+`, `+`, `:?` and `?` replaced as
 * in the Compose specification (interpolation), and `$$` replaced by `$`. Any other `$` stays,
 * unless a brace follows it (compose-go, template/template.go). Values come only from the config's
 * variables; a missing required one is a problem.
 */
export function interpolate(text: string, variables: Variables): Interpolated {
  if (!text.includes("$")) return { text, problems: [] };
  const problems: Problem[] = [];
  let at = 0;
  let ended = false;
  return { text: read(0, false), problems };

  /** Up to the end, or to the brace that closes a default, which may have pairs of braces in it. */
  function read(depth: number, inner: boolean): string {
    let result = "";
    let open = 0;
    while (at < text.length) {
      const character = text.charAt(at);
      if (character === "}" && inner && open === 0) return result;
      if (character === "$") result += variable(depth);
      else {
        if (character === "{") open += 1;
        else if (character === "}") open -= 1;
        result += character;
        at += 1;
      }
    }
    return result;
  }

  function variable(depth: number): string {
    const rest = text.slice(at + 1, at + 1 + longestName);
    if (rest.startsWith("$")) {
      at += 2;
      return "$";
    }
    const plain = /^[A-Za-z_][A-Za-z0-9_]*/.exec(rest)?.[0];
    if (plain !== undefined) {
      at += 1 + plain.length;
      return valueOf(plain);
    }
    if (!rest.startsWith("{")) {
      at += 1;
      return "$";
    }
    const match = named.exec(rest.slice(1));
    if (match === null || depth > deepest) return broken();
    const [whole, name = "", kind] = match;
    at += 2 + whole.length;
    if (kind === undefined) return valueOf(name);
    const before = problems.length;
    const other = read(depth + 1, true);
    if (text[at] !== "}") return broken();
    at += 1;
    const value = variables.get(name);
    const set = kind.startsWith(":") ? (value ?? "") !== "" : value !== undefined;
    // A text that is not used does not need its variables.
    if (set !== kind.endsWith("+")) problems.length = before;
    if (kind.endsWith("+")) return set ? other : "";
    if (set) return value ?? "";
    if (kind.endsWith("-")) return other;
    problems.push({ message: `${name} has no value: ${other === "" ? "it is required" : other}` });
    return "";
  }

  function valueOf(name: string): string {
    const value = variables.get(name);
    if (value === undefined) {
      problems.push({
        message: `${name} has no value`,
        hint: "set it under vars in the config: Layerkeep does not read the environment or .env",
      });
    }
    return value ?? "";
  }

  /** Reported once: what follows is its consequence. */
  function broken(): string {
    if (!ended)
      problems.push({
        message: `"${text}" contains a \${ that does not start a variable`,
        hint: "close each brace, or use $$ for a literal $",
      });
    ended = true;
    at = text.length;
    return "";
  }
}
