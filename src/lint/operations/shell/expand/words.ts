import type { DoubleQuotedChild, Word, WordPart } from "unbash";
import { joinTexts, known, splitText, type Text } from "../../../expressions/value.ts";
import { type Argument, withoutQuotes } from "../invocation.ts";
import { isList, type Shell, type Variable } from "../shell.ts";
import type { ScriptSource } from "../source.ts";
import { expandParameter, lookUp, unknownText, unsetVariable } from "./parameter.ts";
import { expandSubstitution } from "./substitution.ts";

/** A piece of a word. A value that is not quoted is split at its spaces. */
interface Piece {
  readonly value: Variable;
  readonly quoted: boolean;
}

/** A script's words in a state of its shell. */
export interface Expander {
  /** The arguments that words become. */
  readonly argumentsOf: (words: readonly Word[]) => readonly Argument[];
  /** A word as one text, as in an assignment. */
  readonly textOf: (word: Word) => Text;
}

export function createExpander(source: ScriptSource, shell: Shell): Expander {
  const textOf = (word: Word): Text =>
    joinTexts(piecesOf(word).map(({ value }) => (isList(value) ? spaced(value) : value)));
  const piecesOf = (word: Word): readonly Piece[] => {
    if (word.parts !== undefined) return word.parts.flatMap((part) => piecesOfPart(part, false));
    const quoted = /['"\\]/.test(word.text);
    const value = source.reveal(word.value);
    return [{ value, quoted: quoted || value.unknown.length === 0 }];
  };
  const piecesOfPart = (part: WordPart | DoubleQuotedChild, quoted: boolean): readonly Piece[] => {
    switch (part.type) {
      case "Literal":
        return [literal(part.value, quoted)];
      case "Glob":
      case "ExtendedGlob":
        return [literal(part.text, quoted)];
      case "SingleQuoted":
      case "AnsiCQuoted":
        return [literal(part.value, true)];
      case "DoubleQuoted":
      case "LocaleString":
        return part.parts.length === 0
          ? [{ value: known(""), quoted: true }]
          : part.parts.flatMap((child) => piecesOfPart(child, true));
      case "SimpleExpansion": {
        const name = part.text.slice(1);
        return [{ value: lookUp(name, shell) ?? unsetVariable(name, shell), quoted }];
      }
      case "ParameterExpansion": {
        const value = expandParameter(part, shell, textOf);
        // An array of which nothing is known may be any number of words.
        const isUnknownList = part.index?.value === "@" && !isList(value);
        return [{ value, quoted: quoted && !isUnknownList }];
      }
      case "CommandExpansion": {
        const shown = source.reveal(part.text);
        return [{ value: expandSubstitution(shown.text, part.script, textOf), quoted }];
      }
      case "ArithmeticExpansion":
      case "ProcessSubstitution":
        return [{ value: unknownText(source.reveal(part.text).text, "job"), quoted: true }];
      case "BraceExpansion":
        return [{ value: unknownText(source.reveal(part.text).text, "run"), quoted: false }];
    }
  };
  /** What the author wrote is not split; an expression that was not evaluated may be anything. */
  const literal = (text: string, quoted: boolean): Piece => {
    const value = source.reveal(text);
    return { value, quoted: quoted || value.unknown.length === 0 };
  };
  return {
    textOf,
    argumentsOf: (words) =>
      words.flatMap((word) => {
        const span = withoutQuotes(source.spanOf(word.pos, word.end));
        return fieldsOf(piecesOf(word)).map((field) => ({ ...field, span }));
      }),
  };
}

/** The arguments that the pieces of one word become. */
function fieldsOf(pieces: readonly Piece[]): readonly Pick<Argument, "value" | "loose">[] {
  const [only] = pieces;
  if (pieces.length === 1 && only !== undefined && !only.quoted && !isList(only.value)) {
    const fields = splitText(only.value, /\s+/).filter(({ text }) => text !== "");
    return fields.map((value) => ({ value, loose: isUnknownWhole(value) }));
  }
  const fields: Text[][] = [];
  const append = (text: Text): void => {
    const last = fields.at(-1);
    if (last === undefined) fields.push([text]);
    else last.push(text);
  };
  for (const { value, quoted } of pieces) {
    const parts = isList(value) ? value : quoted ? [value] : splitText(value, /\s+/);
    for (const [at, part] of parts.entries()) {
      if (at > 0) fields.push([]);
      append(part);
    }
  }
  return fields.map((parts) => ({ value: joinTexts(parts), loose: false }));
}

function isUnknownWhole({ text, unknown }: Text): boolean {
  return unknown.length === 1 && /^\$\{\{(?:(?!\}\}).)*\}\}$/s.test(text);
}

function spaced(texts: readonly Text[]): Text {
  return joinTexts(texts.flatMap((text, at) => (at === 0 ? [text] : [known(" "), text])));
}
