import { type Mapping, mapping, text, texts } from "../document/values.ts";
import { WorkflowError } from "../errors.ts";

/**
 * The inputs of a workflow (`workflow_dispatch`, `workflow_call`): each with its declared type, its
 * default if it is not given. Throws for one that is unknown, missing or of another type.
 */
export function declaredInputs(declared: unknown, given: Mapping): Mapping {
  const definitions = mapping(declared);
  const unknown = Object.keys(given).find((name) => !(name in definitions));
  if (unknown !== undefined) throw new WorkflowError(`input ${unknown} is not defined`);
  const inputs = Object.entries(definitions).map(([name, definition]) => {
    const { required, default: fallback, ...type } = mapping(definition);
    const missing = given[name] === undefined || given[name] === null;
    if (missing && required === true) throw new WorkflowError(`input ${name} is required`);
    return [name, typed(name, mapping(type), missing ? fallback : given[name])] as const;
  });
  return Object.fromEntries(inputs);
}

function typed(name: string, { type, options }: Mapping, value: unknown): unknown {
  switch (type) {
    case "boolean": {
      const word = text(value) ?? "false";
      if (word !== "true" && word !== "false") throw wrong(name, "true or false", word);
      return word === "true";
    }
    case "number": {
      const number = Number(value ?? 0);
      if (Number.isNaN(number)) throw wrong(name, "a number", text(value) ?? "");
      return number;
    }
    case "choice": {
      const [first = ""] = texts(options);
      const chosen = text(value) ?? first;
      if (!texts(options).includes(chosen)) throw wrong(name, texts(options).join(" or "), chosen);
      return chosen;
    }
    default:
      return text(value) ?? "";
  }
}

function wrong(name: string, expected: string, value: string): WorkflowError {
  return new WorkflowError(`input ${name} must be ${expected}, not ${JSON.stringify(value)}`);
}
