import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { stripComments } from "./strip-comments.ts";

describe("stripping comments", () => {
  it.each([
    ["a.c", "int a; // one\n/* two\n three */\nint b;\n", "int a;\nint b;"],
    ["a.c", 'char *s = "// no";  /* x */ int c;', 'char *s = "// no";    int c;'],
    ["a.c", "#define A \\\n\nint b;", "#define A \\\n\nint b;"],
    ["a.go", "s := `// no\n# no`\n// yes\n", "s := `// no\0# no`"],
    ["a.rs", "fn a<'a>() {} /* a /* b */ c */\n", "fn a<'a>() {}"],
    ["a.proto", "message A { // a\n  int32 a = 1;\n}\n", "message A {\n  int32 a = 1;\n}"],
    ["a.py", '"""doc # no"""\nx = 1  # yes\n\n# all\ny = "#"\n', '"""doc # no"""\nx = 1\ny = "#"'],
    ["a.py", "#!/usr/bin/python\n# no\nx = r'\\'#'\n", "#!/usr/bin/python\nx = r'\\'#'"],
    [
      "a.sh",
      "#!/bin/sh\necho a#b $# ${x#y} # c\necho '# no'\n",
      "#!/bin/sh\necho a#b $# ${x#y}\necho '# no'",
    ],
    ["a.toml", 'a = 1 # x\nb = """\n# no\n"""\n', 'a = 1\nb = """\0# no\0"""'],
    ["CMakeLists.txt", 'set(A "# no") # yes\n', 'set(A "# no")'],
  ])("of %s: %j", (path, text, stripped) => {
    expect(stripComments(text, path)).toBe(stripped);
  });

  it.each([
    ["a.unknown", "x // y"],
    ["Makefile", "x: # y"],
    ["a.c", 'x = R"(// no)";'],
    ["a.c", "// goes on \\\nint a;"],
    ["a.c", "int a; /* never ends"],
    ["a.c", "a /* one\n */ b"],
    ["a.c", "x = 'no end;\n"],
    ["a.c", "#define A \\  \nint b;"],
    ["a.rs", "let a = '\"'; // b"],
    ["a.rs", 'let a = r#"// b"#;'],
    ["a.py", "x = f'{d['#']}'"],
    ["a.sh", "cat <<E\n# no\nE\n"],
    ["a.sh", 'x="$(echo "a # b")"'],
    ["a.sh", 'x="$(\necho "a # b")"'],
    ["a.kt", 'val x = "${"//"}"'],
  ])("leaves %s alone if its comments are uncertain: %j", (path, text) => {
    expect(stripComments(text, path)).toBeUndefined();
  });

  const token = fc.constantFrom("a", "b1", "=", ";", "{", "}", '"x // y"', '"/* z */"', "42", "\n");
  const comment = fc.constantFrom("// c\n", "/* d */", "/* e\n f */\n", "\n", "  \n");

  it("returns the same with and without comments", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(token, fc.array(comment))), (parts) => {
        // A line of code, followed by any comments.
        const code = parts.map(([word]) => `${word}\n`).join("");
        const commented = parts.map(([word, more]) => `${word}\n${more.join("\n")}\n`).join("");
        expect(stripComments(commented, "a.c")).toBe(stripComments(code, "a.c"));
      }),
    );
  });

  it("returns different text for different code", () => {
    fc.assert(
      fc.property(fc.array(token), fc.array(token), (one, other) => {
        const lines = (words: readonly string[]): string[] => words.filter((word) => word !== "\n");
        fc.pre(lines(one).join(" ") !== lines(other).join(" "));
        const text = (words: readonly string[]) => stripComments(lines(words).join(" "), "a.c");
        expect(text(one)).not.toBe(text(other));
      }),
    );
  });
});
