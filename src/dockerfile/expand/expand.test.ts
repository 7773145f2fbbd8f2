import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { UsageError } from "../../errors.ts";
import { expandWord } from "./expand.ts";

const env = new Map([
  ["x", "value"],
  ["empty", ""],
  ["path", "/usr/local/bin:/usr/bin:/bin"],
  ["file", "archive.tar.gz"],
  ["two", "a b"],
  ["star", "a*b"],
  ["Größe", "xl"],
]);

describe("expandWord", () => {
  it.each([
    ["$x", "value"],
    ["${x}", "value"],
    ["a${x}b$x-c", "avaluebvalue-c"],
    ["$Größe", "xl"],
    ["$none", ""],
    ["${none}", ""],
    ["$", "$"],
    ["a$.b", "a$.b"],
    ["$1x", "x"],
    ["$@x", "x"],
    ["${x:-y}", "value"],
    ["${none:-y}", "y"],
    ["${empty:-y}", "y"],
    ["${empty-y}", ""],
    ["${none-y}", "y"],
    ["${none:-a ${x} b}", "a value b"],
    ["${none:-${other:-deep}}", "deep"],
    ["${none:-}", ""],
    ["${x:+y}", "y"],
    ["${empty:+y}", ""],
    ["${empty+y}", "y"],
    ["${none+y}", ""],
    ["${x:?no}", "value"],
    ["${empty?no}", ""],
    ["${path#*/}", "usr/local/bin:/usr/bin:/bin"],
    ["${path##*/}", "bin"],
    ["${path%/*}", "/usr/local/bin:/usr/bin:"],
    ["${path%%/*}", ""],
    ["${file%.*}", "archive.tar"],
    ["${file%%.*}", "archive"],
    ["${file#arch?ve}", ".tar.gz"],
    ["${file#x}", "archive.tar.gz"],
    ["${star#a\\*}", "b"],
    ["${star%\\*b}", "a"],
    ["${path/usr/opt}", "/opt/local/bin:/usr/bin:/bin"],
    ["${path//usr/opt}", "/opt/local/bin:/opt/bin:/bin"],
    ["${path//\\//_}", "_usr_local_bin:_usr_bin:_bin"],
    ["${file/./}", "archivetar.gz"],
    ["${file/.*/!}", "archive!"],
    // Tried on an engine: with //, an escaped $ is read once more, and finds nothing.
    ["${star//a/\\$x}", "\\*b"],
    ["${star/a/\\$x}", "\\$x*b"],
    ["'$x'", "$x"],
    ["'a'$x'b'", "avalueb"],
    ['"$x"', "value"],
    ['"a \\"$x\\" \\n"', 'a "value" \\n'],
    ["\\$x", "$x"],
    ["\\'$x\\'", "'value'"],
    ["a\\", "a"],
    ["'", undefined],
    ['"', undefined],
    ["${x", undefined],
    ["${}", undefined],
    ["${{x}}", undefined],
    ["${x!y}", undefined],
    ["${x:/y}", undefined],
    ["${x/y}", undefined],
    ["${x#\\q}", undefined],
    ["${x:#}", undefined],
    ["${x:##}", undefined],
    ["${x:%}", undefined],
    ["${x:%%a}", undefined],
    ["${x:1}", undefined],
    ["${x#}${x##}${x%}${x%%}", "valuevaluevaluevalue"],
    ["a << b <c", "a << b <c"],
  ])("reads %s as %s", (word, expected) => {
    if (expected === undefined) expect(() => expandWord(word, env)).toThrow(UsageError);
    else expect(expandWord(word, env).value).toBe(expected);
  });

  it("reports the reason of ${x?}", () => {
    expect(() => expandWord("${none:?give it}", env)).toThrow(/^none: give it/);
    expect(() => expandWord("${none?}", env)).toThrow(/^none: is not allowed to be unset/);
    expect(() => expandWord("${empty:?}", env)).toThrow(/^empty: is not allowed to be empty/);
  });

  it("splits at unquoted white space after expansion", () => {
    expect(expandWord(`a  $two "$two" c\\ d ''`, env).words).toEqual(["a", "a", "b", "a b", "c d"]);
  });

  it("keeps the spaces after << in the word, and splits at what Go treats as white space", () => {
    expect(expandWord("a<<\t b c <x", env).words).toEqual(["a<<\t b", "c", "<x"]);
    expect(expandWord("a\u0085b\uFEFFc", env).words).toEqual(["a", "b\uFEFFc"]);
  });

  it("uses the backtick as the escape if told to", () => {
    const options = { escape: "`" };
    expect(expandWord("C:\\dir`$x", env, options).value).toBe("C:\\dir$x");
    expect(expandWord('"a\\b`"c"', env, options).value).toBe('a\\b"c');
  });

  it("reports which names were used and which were not set", () => {
    const { used, unset } = expandWord("$x ${none:-$empty} '$quoted'", env);
    expect([[...used], [...unset]]).toEqual([["x", "empty"], ["none"]]);
  });

  it("keeps unset variables, quotes and escapes if told to", () => {
    const options = { keepUnset: true, rawQuotes: true, rawEscapes: true };
    for (const word of [
      "$none",
      "${none}",
      "${none:-a}",
      "${none#a*}",
      "${none/a/b}",
      "${none:1}",
      "${none:1:2}",
      `'a' "b\\""`,
    ]) {
      expect(expandWord(word, env, options).value).toBe(word);
    }
  });

  it("leaves plain text unchanged", () => {
    const plain = fc.stringMatching(/^[^\\$'"`]*$/);
    fc.assert(
      fc.property(plain, (text) => {
        expect(expandWord(text, env).value).toBe(text);
      }),
    );
  });

  it("returns any single-quoted value", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        const quoted = text.replaceAll("'", `'"'"'`);
        expect(expandWord(`'${quoted}'`, env).value).toBe(text);
      }),
    );
  });
});
