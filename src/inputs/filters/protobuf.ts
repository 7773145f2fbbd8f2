/** A statement of a .proto file: its words, and the content of its braces. */
interface Statement {
  readonly words: readonly string[];
  readonly body: readonly Statement[] | undefined;
}

/**
 * A .proto file as text, without regard to comments, spaces and the order of definitions. With a
 * baseline, an earlier version of the file, compatible additions are ignored too: new messages,
 * enums and services, and new fields (except `required` ones), values and methods in existing ones.
 * Changes and deletions do count. Undefined if the text cannot be parsed.
 */
export function canonicalProto(text: string, baseline?: string): string | undefined {
  const [now, before] = [parse(text), baseline === undefined ? undefined : parse(baseline)];
  if (now === undefined || (baseline !== undefined && before === undefined)) return undefined;
  return render(before === undefined ? now : withoutAdditions(now, before));
}

function withoutAdditions(
  now: readonly Statement[],
  before: readonly Statement[],
): readonly Statement[] {
  const known = new Map(before.map((statement) => [keyOf(statement), statement]));
  return now.flatMap((statement) => {
    const key = keyOf(statement);
    if (key === undefined) return [statement];
    const earlier = known.get(key);
    if (earlier === undefined) return statement.words.includes("required") ? [statement] : [];
    if (statement.body === undefined || earlier.body === undefined) return [statement];
    return [{ ...statement, body: withoutAdditions(statement.body, earlier.body) }];
  });
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
