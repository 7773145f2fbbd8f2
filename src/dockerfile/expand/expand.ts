import { UsageError } from "../../errors.ts";
import { isSpace } from "../parse/space.ts";
import { removePrefix, removeSuffix, replaceFirstOrAll } from "./shell-pattern.ts";

/** The variables that words are expanded with. */
export type Env = ReadonlyMap<string, string>;

/** How a word is read. All default to false. */
export interface ExpandOptions {
  /** The Dockerfile's escape character; a backslash by default. */
  readonly escape?: string;
  /** Quotes are kept in the result. */
  readonly rawQuotes?: boolean;
  /** Escape characters are kept in the result. */
  readonly rawEscapes?: boolean;
  /** Quotes are ordinary characters, as in the body of a heredoc. */
  readonly plainQuotes?: boolean;
  /** A variable that is not set is left as written. */
  readonly keepUnset?: boolean;
}

/** A word, expanded. */
export interface Expanded {
  readonly value: string;
  /** The value, split at unquoted white space. */
  readonly words: readonly string[];
  /** Names that were looked up and found. */
  readonly used: ReadonlySet<string>;
  /** Names that were looked up and are not set. */
  readonly unset: ReadonlySet<string>;
}

/**
 * A word with its variables replaced, as BuildKit does it (frontend/dockerfile/shell): `$x ${x}
 * ${x:-y} ${x-y} ${x:+y} ${x+y} ${x:?e} ${x?e} ${x#p} ${x##p} ${x%p} ${x%%p} ${x/p/r} ${x//p/r}`,
 * escapes and quotes. Throws a usage error, without a place, if the word cannot be parsed or
 * `${x?}` rejects it.
 */
export function expandWord(word: string, env: Env, options: ExpandOptions = {}): Expanded {
  return new WordReader(word, env, options).read();
}

/** What a scan has collected: the text, and the same text split into words. */
class Collected {
  value = "";
  readonly words: string[] = [];
  #word = "";
  #open = false;

  /** Text whose white space separates words. */
  add(text: string): void {
    this.value += text;
    for (const character of text) {
      if (!isSpace(character)) {
        this.#word += character;
        this.#open = true;
      } else if (this.#open && this.#word !== "") this.#close();
    }
  }

  /** Text that belongs to the current word, white space included. */
  addQuoted(text: string): void {
    this.value += text;
    this.#word += text;
    this.#open = true;
  }

  end(): this {
    if (this.#word !== "") this.#close();
    return this;
  }

  #close(): void {
    this.words.push(this.#word);
    this.#word = "";
    this.#open = false;
  }
}

class WordReader {
  readonly #source: string;
  readonly #characters: readonly string[];
  readonly #env: Env;
  readonly #options: ExpandOptions;
  readonly #escape: string;
  readonly #used = new Set<string>();
  readonly #unset = new Set<string>();
  #rawEscapes: boolean;
  #at = 0;

  constructor(word: string, env: Env, options: ExpandOptions) {
    this.#source = word;
    this.#characters = Array.from(word);
    this.#env = env;
    this.#options = options;
    this.#escape = options.escape ?? "\\";
    this.#rawEscapes = options.rawEscapes ?? false;
  }

  read(): Expanded {
    const { value, words } = this.#readUntil(undefined, this.#rawEscapes);
    return { value, words, used: this.#used, unset: this.#unset };
  }

  #peek(): string | undefined {
    return this.#characters[this.#at];
  }

  #next(): string | undefined {
    return this.#characters[this.#at++];
  }

  /** Up to `stop`, which is consumed, or to the end if there is no `stop`. */
  #readUntil(stop: string | undefined, rawEscapes: boolean): Collected {
    const before = this.#rawEscapes;
    this.#rawEscapes = rawEscapes;
    const collected = new Collected();
    const quotes = this.#options.plainQuotes !== true;
    for (let next = this.#peek(); next !== undefined; next = this.#peek()) {
      if (next === stop) {
        this.#at++;
        this.#rawEscapes = before;
        return collected.end();
      }
      if (next === "$") collected.add(this.#readVariable());
      else if (next === "'" && quotes) collected.addQuoted(this.#readSingleQuoted());
      else if (next === '"' && quotes) collected.addQuoted(this.#readDoubleQuoted());
      else if (next === "<") collected.addQuoted(this.#readHeredocStart());
      else if (next === this.#escape) {
        this.#at++;
        if (this.#rawEscapes) collected.addQuoted(next);
        const escaped = this.#next();
        if (escaped !== undefined) collected.addQuoted(escaped);
      } else {
        this.#at++;
        collected.add(next);
      }
    }
    if (stop !== undefined) throw this.#bad(`no matching ${stop}`);
    this.#rawEscapes = before;
    return collected.end();
  }

  /** `<<` keeps the spaces after it, so that `<< EOF` is one word, which starts a heredoc. */
  #readHeredocStart(): string {
    const start = this.#at++;
    if (this.#peek() === "<") {
      this.#at++;
      while (/^[\t\r ]$/.test(this.#peek() ?? "")) this.#at++;
    }
    return this.#characters.slice(start, this.#at).join("");
  }

  /** Everything up to the next quote, unchanged. */
  #readSingleQuoted(): string {
    this.#at++;
    const end = this.#characters.indexOf("'", this.#at);
    if (end < 0) throw this.#bad("no matching single quote");
    const text = this.#characters.slice(this.#at, end).join("");
    this.#at = end + 1;
    return this.#options.rawQuotes === true ? `'${text}'` : text;
  }

  #readDoubleQuoted(): string {
    this.#at++;
    let text = "";
    for (let next = this.#peek(); next !== '"'; next = this.#peek()) {
      if (next === undefined) throw this.#bad("no matching double quote");
      if (next === "$") text += this.#readVariable();
      else text += this.#readInDoubleQuotes(next);
    }
    this.#at++;
    return this.#options.rawQuotes === true ? `"${text}"` : text;
  }

  /** Within double quotes, only the quote, `$` and the escape character itself can be escaped. */
  #readInDoubleQuotes(character: string): string {
    this.#at++;
    if (character !== this.#escape) return character;
    const kept = this.#rawEscapes ? character : "";
    const next = this.#peek();
    if (next === undefined) return kept;
    if (next !== '"' && next !== "$" && next !== this.#escape) return kept + character;
    this.#at++;
    return kept + next;
  }

  #readVariable(): string {
    this.#at++;
    if (this.#peek() !== "{") {
      const name = this.#readName();
      if (name === "") return "$";
      const value = this.#lookUp(name);
      return value ?? (this.#options.keepUnset === true ? `$${name}` : "");
    }
    this.#at++;
    const next = this.#peek();
    if (next === undefined) throw this.#bad("no matching }");
    if (next === "{" || next === "}" || next === ":") throw this.#bad("bad substitution");
    const name = this.#readName();
    const modifier = this.#next();
    if (modifier === "}") {
      const value = this.#lookUp(name);
      return value ?? (this.#options.keepUnset === true ? `\${${name}}` : "");
    }
    if (modifier === "/") return this.#replace(name);
    return this.#modify(name, modifier);
  }

  /** What follows the name in `${x:-y}`, `${x#p}` and the like. */
  #modify(name: string, first: string | undefined): string {
    const emptyIsUnset = first === ":";
    const modifier = emptyIsUnset ? this.#next() : first;
    if (modifier === undefined) throw this.#bad("no matching }");
    const trims = modifier === "#" || modifier === "%";
    const unknown = this.#bad(`unknown modifier ${emptyIsUnset ? ":" : ""}${modifier}`);
    if ((trims && emptyIsUnset) || (!emptyIsUnset && !/^[-+?#%]$/.test(modifier))) throw unknown;
    const word = this.#readUntil("}", trims).value;
    const value = this.#lookUp(name);
    if (value === undefined && this.#options.keepUnset === true) {
      return `\${${name}${emptyIsUnset ? ":" : ""}${modifier}${word}}`;
    }
    const missing = value === undefined || (emptyIsUnset && value === "");
    switch (modifier) {
      case "-":
        return missing ? word : value;
      case "+":
        return missing ? "" : word;
      case "?": {
        if (!missing) return value;
        // BuildKit's own words (frontend/dockerfile/shell/lex.go).
        const why =
          value === undefined ? "is not allowed to be unset" : "is not allowed to be empty";
        throw new UsageError(`${name}: ${word === "" ? why : word}`, {
          hint: `set the build argument or variable ${name}`,
        });
      }
      case "#":
      case "%": {
        const longest = word.startsWith(modifier);
        const pattern = longest ? word.slice(1) : word;
        const remove = modifier === "#" ? removePrefix : removeSuffix;
        return remove(value ?? "", pattern, longest);
      }
      default:
        // `${x:1}` is rejected only here. The shell's own `${x:1}` before a heredoc of RUN, where
        // no variable is replaced, is kept as written.
        throw unknown;
    }
  }

  #replace(name: string): string {
    const all = this.#peek() === "/";
    if (all) this.#at++;
    const pattern = this.#readUntil("/", true).value;
    const replacement = this.#readUntil("}", true).value;
    const value = this.#lookUp(name);
    if (value === undefined && this.#options.keepUnset === true) {
      return `\${${name}/${pattern}/${replacement}}`;
    }
    return replaceFirstOrAll(value ?? "", pattern, replacement, all);
  }

  /** Letters, digits and `_`; or digits alone; or one of the shell's special parameters. */
  #readName(): string {
    const first = this.#peek();
    if (first === undefined) return "";
    const rest = this.#characters;
    let end = this.#at;
    if (/^\p{Nd}$/u.test(first)) while (/^\p{Nd}$/u.test(rest[end] ?? "")) end++;
    else if ("@*#?-$!".includes(first)) end++;
    else while (/^[\p{L}\p{Nd}_]$/u.test(rest[end] ?? "")) end++;
    const name = rest.slice(this.#at, end).join("");
    this.#at = end;
    return name;
  }

  #lookUp(name: string): string | undefined {
    const value = this.#env.get(name);
    (value === undefined ? this.#unset : this.#used).add(name);
    return value;
  }

  #bad(why: string): UsageError {
    return new UsageError(`"${this.#source}" cannot be expanded: ${why}`);
  }
}
