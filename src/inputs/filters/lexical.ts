/** A language's comments, and its syntax that is not a comment but may look like one. */
export interface Lexis {
  /** What begins a comment that runs to the line's end. */
  readonly line: readonly string[];
  /** Whether a line comment begins only where a word could. */
  readonly lineAtWord?: boolean;
  readonly block?: { readonly open: string; readonly close: string; readonly nests: boolean };
  /** String literals, the longest opening first. */
  readonly texts: readonly TextForm[];
  /** If a file has a match, its comments cannot be recognised: it is used as it is. */
  readonly opaque?: RegExp;
}

interface TextForm {
  readonly open: string;
  readonly close: string;
  /** Whether a backslash escapes the next character. */
  readonly escapes: boolean;
  /** Whether it may span lines. */
  readonly lines: boolean;
}

const double: TextForm = { open: '"', close: '"', escapes: true, lines: false };
const single: TextForm = { open: "'", close: "'", escapes: true, lines: false };
const tripled = (quote: string, escapes: boolean): TextForm => ({
  ...{ open: quote.repeat(3), close: quote.repeat(3) },
  escapes,
  lines: true,
});
const slashes = { line: ["//"], block: { open: "/*", close: "*/", nests: false } } as const;
const nesting = { line: ["//"], block: { open: "/*", close: "*/", nests: true } } as const;
const plain = [double, single];
const overLines: TextForm = { ...double, lines: true };
const backquoted: TextForm = { open: "`", close: "`", escapes: false, lines: true };

const byExtension: Readonly<Record<string, Lexis>> = {
  // Raw strings, and line continuations in or before a comment.
  ...languages("c h cc cpp cxx hpp hh cu cuh m mm metal", {
    ...{ ...slashes, texts: plain },
    opaque: /R"|\/\/[^\n]*\\\r?\n|[/*]\\\r?\n[/*]|\?\?\//,
  }),
  ...languages("java", { ...slashes, texts: plain, opaque: /"""|\\u/ }),
  ...languages("proto", { ...slashes, texts: plain }),
  ...languages("go", { ...slashes, texts: [...plain, backquoted] }),
  // Raw strings, and characters that look like the beginning of something else.
  ...languages("rs", {
    ...{ ...nesting, texts: [overLines] },
    opaque: /r#*"|'(?:\\?["'/*\\])'/,
  }),
  // Code within strings.
  ...languages("kt kts", {
    ...{ ...nesting, texts: [tripled('"', false), ...plain] },
    opaque: /\$\{/,
  }),
  ...languages("swift", {
    ...{ ...nesting, texts: [tripled('"', true), double] },
    opaque: /#"|\\\(|#\/|\s\/\S/,
  }),
  ...languages("py pyi", {
    ...{ line: ["#"], texts: [tripled('"', true), tripled("'", true), ...plain] },
    opaque: /[fFtT][rR]?(?:"""|\'\'\')|[fFtT][rR]?["'][^\n]*#/,
  }),
  // Here-documents, and code within strings.
  ...languages("sh bash", {
    ...{ line: ["#"], lineAtWord: true },
    texts: [overLines, { ...single, escapes: false, lines: true }],
    opaque: /<<|`|\$'|"[^"\n]*\$(?:\([^"\n]*"[^"\n]*"|\{[^}"\n]*")|\$\([^)\n]*\n|\\["'#]/,
  }),
  ...languages("toml", {
    line: ["#"],
    texts: [tripled('"', true), tripled("'", false), double, { ...single, escapes: false }],
  }),
  ...languages("cmake", { line: ["#"], texts: [overLines], opaque: /\[=*\[|\\["#]/ }),
};

/** The lexis of a file; undefined if its language is unknown. */
export function lexisOf(path: string): Lexis | undefined {
  const name = path.slice(path.lastIndexOf("/") + 1);
  if (name === "CMakeLists.txt") return byExtension["cmake"];
  const extension = name.slice(name.lastIndexOf(".") + 1);
  return Object.hasOwn(byExtension, extension) ? byExtension[extension] : undefined;
}

function languages(extensions: string, lexis: Lexis): Record<string, Lexis> {
  return Object.fromEntries(extensions.split(" ").map((extension) => [extension, lexis]));
}
