import { hash } from "node:crypto";

/** A statement of a .proto file: its words, and the content of its braces. */
interface Statement {
  readonly words: readonly string[];
  readonly body: readonly Statement[] | undefined;
}

/** A .proto file without what does not count. */
export interface CanonicalProto {
  readonly text: string;
  /**
   * Short hashes of the definitions that the baseline does not have, by name: `field 9 of Request`.
   */
  readonly additions: Readonly<Record<string, string>>;
}

/**
 * A .proto file as text, without regard to comments, spaces and the order of definitions. With a
 * baseline, an earlier version of the file, compatible additions are kept apart from the text: new
 * messages, enums and services, and new fields (except `required` ones), values and methods in
 * existing ones. Changes and deletions do count. Undefined if the file or the baseline cannot be
 * parsed.
 */
export function canonicalProto(text: string, baseline?: string): CanonicalProto | undefined {
  const [now, before] = [parse(text), baseline === undefined ? undefined : parse(baseline)];
  if (now === undefined || (baseline !== undefined && before === undefined)) return undefined;
  if (before === undefined) return { text: render(now), additions: {} };
  const { kept, added } = separate(now, before, []);
  return { text: render(kept), additions: hashed(added) };
}

interface Separated {
  /** The statements that count. */
  readonly kept: readonly Statement[];
  readonly added: readonly Addition[];
}

interface Addition {
  readonly name: string;
  /** Without the definitions in its body, which are additions of their own. */
  readonly statement: Statement;
}

/** `within` are the keys of the definitions that the statements are in, the outermost first. */
function separate(
  now: readonly Statement[],
  before: readonly Statement[],
  within: readonly string[],
): Separated {
  const known = new Map(before.map((statement) => [keyOf(statement), statement]));
  const parts = now.map((statement): Separated => {
    const key = keyOf(statement);
    const earlier = known.get(key);
    const counts =
      earlier === undefined
        ? statement.words.includes("required")
        : statement.body === undefined || earlier.body === undefined;
    if (key === undefined || counts) return { kept: [statement], added: [] };
    const inner = separate(statement.body ?? [], earlier?.body ?? [], [...within, key]);
    const own = statement.body === undefined ? statement : { ...statement, body: inner.kept };
    if (earlier !== undefined) return { kept: [own], added: inner.added };
    return { kept: [], added: [{ name: nameOf(key, within), statement: own }, ...inner.added] };
  });
  return {
    kept: parts.flatMap(({ kept }) => kept),
    added: parts.flatMap(({ added }) => added),
  };
}

/** `message Inner of Outer`, `field 9 of Request.kind`, `value 2 of State`, `rpc Load of Backend`. */
function nameOf(key: string, within: readonly string[]): string {
  const isValue = within.at(-1)?.startsWith("enum ") === true;
  const own = key.replace(/^number/, isValue ? "value" : "field");
  if (within.length === 0) return own;
  return `${own} of ${within.map((outer) => outer.slice(outer.indexOf(" ") + 1)).join(".")}`;
}

/** Two values of an enum may have the same number. */
function hashed(added: readonly Addition[]): Readonly<Record<string, string>> {
  const byName = new Map<string, readonly Statement[]>();
  for (const { name, statement } of added) {
    byName.set(name, [...(byName.get(name) ?? []), statement]);
  }
  return Object.fromEntries(
    [...byName].map(([name, all]) => [name, hash("sha256", render(all)).slice(0, 12)]),
  );
}

const named = new Set(["message", "enum", "service", "rpc", "oneof"]);
/** Statements that count, whether new or not. */
const binding = new Set([
  "syntax",
  "edition",
  "package",
  "import",
  "option",
  "reserved",
  "extensions",
  "extend",
]);

/** Identifies what a statement defines; undefined for one that defines nothing. */
function keyOf({ words }: Statement): string | undefined {
  const [first = "", second = ""] = words;
  if (binding.has(first)) return undefined;
  if (named.has(first)) return `${first} ${second}`;
  // A field or a value: its number on the wire.
  const equals = words.indexOf("=");
  const number = words[equals + 1] === "-" ? `-${words[equals + 2] ?? ""}` : words[equals + 1];
  return equals < 1 || number === undefined ? undefined : `number ${number}`;
}

function render(statements: readonly Statement[]): string {
  return statements
    .map(({ words, body }) => {
      const head = words.join(" ");
      return body === undefined ? `${head};` : `${head} {\n${render(body)}\n}`;
    })
    .sort()
    .join("\n");
}

const token =
  /\s+|\/\/[^\n]*|\/\*[^]*?\*\/|("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|[\w.]+|[=;{}()[\]<>,:+/-])|([^])/gy;
const deepest = 100;

function parse(text: string): readonly Statement[] | undefined {
  const words: string[] = [];
  for (const [, word, strange] of text.matchAll(token)) {
    if (strange !== undefined) return undefined;
    if (word !== undefined) words.push(word);
  }
  let at = 0;
  const statements = block(0);
  return at === words.length ? statements : undefined;

  /** Up to the closing brace, or the file's end. */
  function block(depth: number): readonly Statement[] | undefined {
    const found: Statement[] = [];
    let begun: string[] = [];
    // Braces within brackets are an option's value.
    let brackets = 0;
    while (at < words.length) {
      const word = words[at] ?? "";
      if (word === "}" && brackets === 0) break;
      at += 1;
      if (word === "[") brackets += 1;
      if (word === "]") brackets -= 1;
      if (word === "{" && brackets === 0 && begun[0] !== "option") {
        const body = depth >= deepest ? undefined : block(depth + 1);
        if (body === undefined || words[at] !== "}") return undefined;
        at += 1;
        found.push({ words: begun, body });
        begun = [];
      } else if (word === ";" && brackets === 0) {
        if (begun.length > 0) found.push({ words: begun, body: undefined });
        begun = [];
      } else {
        begun.push(word);
      }
    }
    return begun.length === 0 && brackets === 0 ? found : undefined;
  }
}
