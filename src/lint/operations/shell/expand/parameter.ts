import type { ParameterExpansionPart, ParameterOperation, Word } from "unbash";
import { compileGlob } from "../../../../glob.ts";
import {
  type Constancy,
  isFilled,
  known,
  knownText,
  partOf,
  type Text,
  textOfValue,
  Unknown,
} from "../../../expressions/value.ts";
import { isList, type Shell, unknownVariable, type Variable } from "../shell.ts";

/** The value of a word, as one text. */
type TextOfWord = (word: Word) => Text;

/** The value of `${…}`; a list for all elements of an array. */
export function expandParameter(
  part: ParameterExpansionPart,
  shell: Shell,
  textOfWord: TextOfWord,
): Variable {
  const { parameter, prefix, index, operation } = part;
  if (prefix !== undefined) return unknownText(part.text, "job");
  const value = lookUp(parameter, shell);
  if (value !== undefined && isList(value)) return elementOf(value, part, textOfWord);
  if (index !== undefined) return unknownText(part.text, "job");
  if (operation === undefined) return value ?? unsetVariable(parameter, shell);
  if (operation.type === "Default") return defaulted(value, operation, part, { shell, textOfWord });
  return changed(value ?? unsetVariable(parameter, shell), operation, part, textOfWord);
}

/** The value of a variable or of an argument; undefined if it is not set in what is known. */
export function lookUp(name: string, shell: Shell): Variable | undefined {
  if (name === "@" || name === "*") return shell.arguments;
  if (/^\d+$/.test(name)) return name === "0" ? undefined : shell.arguments[Number(name) - 1];
  return shell.variables.get(name) ?? (name === "PWD" ? shell.folder : undefined);
}

/** A variable that is not among those that are known: the machine may have set it. */
export function unsetVariable(name: string, { others }: Shell): Text {
  const isOfShell = /^[^A-Za-z_]/.test(name);
  return unknownVariable(name, others === "unset" || isOfShell ? "job" : others);
}

export function constancyOf(texts: readonly Text[]): Constancy {
  const varies = texts.some(({ unknown }) => unknown.some(({ constancy }) => constancy === "job"));
  return varies ? "job" : "run";
}

/** An unknown text that is named by its source. Braces would end the expression early. */
export function unknownText(source: string, constancy: Constancy): Text {
  const name = source.replaceAll(/\$\{\{\s*|\s*\}\}/g, "").replaceAll(/\s+/g, " ");
  return textOfValue(new Unknown(name, constancy));
}

function elementOf(
  list: readonly Text[],
  { index, operation, text }: ParameterExpansionPart,
  textOfWord: TextOfWord,
): Variable {
  if (operation !== undefined) return unknownText(text, "job");
  if (index === undefined) return list[0] ?? known("");
  if (index.value === "@" || index.value === "*") return list;
  const at = Number(knownText(textOfWord(index)) ?? Number.NaN);
  return list[at] ?? unknownText(text, "job");
}

/** `${NAME:-default}` and its kind. */
function defaulted(
  value: Text | undefined,
  { operator, operand }: Extract<ParameterOperation, { readonly type: "Default" }>,
  part: ParameterExpansionPart,
  { shell, textOfWord }: { readonly shell: Shell; readonly textOfWord: TextOfWord },
): Text {
  const isSet = isGiven(value, operator.startsWith(":"), shell.others !== "unset");
  if (isSet === undefined) return named(part, value);
  if (operator.endsWith("+")) return isSet ? textOfWord(operand) : known("");
  if (operator.endsWith("?")) return value ?? unsetVariable(part.parameter, shell);
  return isSet && value !== undefined ? value : textOfWord(operand);
}

function isGiven(
  value: Text | undefined,
  emptyIsUnset: boolean,
  open: boolean,
): boolean | undefined {
  if (value === undefined) return open ? undefined : false;
  if (!emptyIsUnset) return true;
  return isFilled(value);
}

function changed(
  value: Text,
  operation: ParameterOperation,
  part: ParameterExpansionPart,
  textOfWord: TextOfWord,
): Text {
  const before = knownText(value);
  const operand = (word: Word | undefined): string | undefined =>
    word === undefined ? undefined : knownText(textOfWord(word));
  if (before === undefined) return withoutStart(value, operation, operand) ?? named(part, value);
  const after = changedText(before, operation, operand);
  return after === undefined ? named(part, value) : known(after);
}

/** `${GITHUB_REF#refs/tags/}`: of a value that is not known, the start may be. */
function withoutStart(
  value: Text,
  operation: ParameterOperation,
  operand: (word: Word) => string | undefined,
): Text | undefined {
  if (operation.type !== "Remove" || !operation.operator.startsWith("#")) return undefined;
  const start = operand(operation.operand);
  const isPlain = start !== undefined && !/[*?[\\]/.test(start);
  return isPlain && value.text.startsWith(start)
    ? partOf(value, value.text.slice(start.length))
    : undefined;
}

function changedText(
  text: string,
  operation: ParameterOperation,
  operand: (word: Word | undefined) => string | undefined,
): string | undefined {
  switch (operation.type) {
    case "Remove": {
      const pattern = operand(operation.operand);
      return pattern === undefined ? undefined : removed(text, operation.operator, pattern);
    }
    case "Replace": {
      const pattern = operand(operation.pattern);
      const other = operand(operation.replacement);
      if (pattern === undefined || other === undefined || /[*?[\\]/.test(pattern)) return undefined;
      if (operation.operator === "//") return text.replaceAll(pattern, () => other);
      return operation.operator === "/" ? text.replace(pattern, () => other) : undefined;
    }
    case "CaseModification": {
      if (operation.operand !== undefined && operation.operand.value !== "") return undefined;
      if (operation.operator === ",,") return text.toLowerCase();
      return operation.operator === "^^" ? text.toUpperCase() : undefined;
    }
    case "Transform": {
      if (operation.operand.value === "L") return text.toLowerCase();
      return operation.operand.value === "U" ? text.toUpperCase() : undefined;
    }
    case "Slice": {
      const start = Number(operand(operation.offset)?.trim() ?? Number.NaN);
      const length = operation.length === undefined ? undefined : operand(operation.length);
      if (!(start >= 0) || (operation.length !== undefined && !(Number(length) >= 0))) return;
      return text.slice(start, length === undefined ? undefined : start + Number(length));
    }
    default:
      return undefined;
  }
}

/** Without the shortest or longest start or end that matches. A shell's `*` matches `/` too. */
function removed(text: string, operator: string, pattern: string): string | undefined {
  if (/[?[\\]/.test(pattern) || text.length > 1_000) return undefined;
  const matches = compileGlob(pattern.replace(/\*+/g, "**"));
  const lengths = Array.from({ length: text.length + 1 }, (_, length) => length);
  const isStart = operator.startsWith("#");
  const fits = (length: number): boolean =>
    matches(isStart ? text.slice(0, length) : text.slice(text.length - length));
  const found = operator.length === 1 ? lengths.find(fits) : lengths.reverse().find(fits);
  if (found === undefined) return text;
  return isStart ? text.slice(found) : text.slice(0, text.length - found);
}

/** The whole of it as unknown, with the name of what its variable is made of. */
function named({ text, parameter }: ParameterExpansionPart, value: Text | undefined): Text {
  const [only] = value?.unknown ?? [];
  const isWhole = only !== undefined && value?.text === textOfValue(only).text;
  const source = isWhole ? text.replace(parameter, () => only.expression) : text;
  return unknownText(source, value === undefined ? "job" : constancyOf([value]));
}
