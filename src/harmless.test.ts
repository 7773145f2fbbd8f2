import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { harmless, harmlessColoured, harmlessJson, harmlessLine } from "./harmless.ts";

const esc = "\u001b";

describe("harmlessLine", () => {
  it.each([
    ["plain text", "gcc -O2 a.c", "gcc -O2 a.c"],
    ["a tab", "a\tb", "a\tb"],
    ["letters of all scripts", "naïve 日本 🚀", "naïve 日本 🚀"],
    ["colours", `${esc}[1;31merror${esc}[0m`, "error"],
    ["a cleared screen", `${esc}[2J${esc}[Hgone`, "gone"],
    ["a title, ended by BEL", `${esc}]0;title\u0007text`, "text"],
    ["a link, ended by ST", `${esc}]8;;https://example.com${esc}\\text${esc}]8;;${esc}\\`, "text"],
    ["a device control string", `${esc}Pq#0${esc}\\text`, "text"],
    ["another character set", `${esc}(0text`, "text"],
    ["a lone escape at the end", `text${esc}`, "text"],
    ["C1 controls", "\u009b31mtext", "31mtext"],
    ["BEL, backspace, NUL", "a\u0007b\b\0c", "abc"],
    ["marks that change the direction", "a\u202eb\u2066c", "abc"],
    ["line separators", "a\u2028b\u2029c", "abc"],
    ["a progress bar, as a terminal shows it", "10%\r50%\r100%", "100%"],
    ["a carriage return at the end", "text\r", "text"],
    ["GitHub's commands", "::set-output name=a::b", ": :set-output name=a::b"],
    ["GitHub's commands behind blanks", "  ::add-mask::x", "  : :add-mask::x"],
    ["GitHub's commands behind an escape", `${esc}[0m::error::x`, ": :error::x"],
    ["GitHub's commands behind a carriage return", "x\r::error::x", ": :error::x"],
    ["GitHub's older commands", "a ##[error]b", "a # #[error]b"],
    [
      "Azure's commands",
      "a ##vso[task.setvariable variable=x]b",
      "a # #vso[task.setvariable variable=x]b",
    ],
    ["TeamCity's messages", "a ##teamcity[buildStop]", "a # #teamcity[buildStop]"],
    ["commands behind more # signs", "###vso[x]####[y]", "## #vso[x]### #[y]"],
    ["commands behind a zero-width mark", "##\u200evso[x]", "# #vso[x]"],
    ["commands that appear once escapes are gone", `#${esc}[0m#vso[x]`, "# #vso[x]"],
    ["headings", "## [a link](b) ### c", "## [a link](b) ### c"],
    ["colons within a line", "std::string", "std::string"],
    ["GitLab's sections", "section_start:1:a\r\u001b[0Kx", "x"],
  ])("of %s", (_, given, expected) => {
    expect(harmlessLine(given)).toBe(expected);
  });

  it("leaves no control character or command in any text, and is idempotent", () => {
    const pieces = fc.constantFrom(
      esc,
      "[",
      "]",
      "0m",
      "\u0007",
      "\r",
      ":",
      "::",
      "##[",
      "##vso[",
      "#",
      "\\",
      "a",
    );
    const text = fc.array(fc.oneof(pieces, fc.string({ unit: "binary", maxLength: 3 })));
    fc.assert(
      fc.property(text, (parts) => {
        const line = harmlessLine(parts.join("").replaceAll("\n", ""));
        expect(line).not.toMatch(/[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u202a-\u202e]/);
        expect(line).not.toMatch(/^\s*::/);
        expect(line).not.toMatch(/##[\w.-]*\[/);
        expect(harmless(line)).toBe(line);
      }),
      { numRuns: 500 },
    );
  });
});

describe("harmless", () => {
  it("makes each line harmless", () => {
    expect(harmless(`a\n::error::b\r\n${esc}[1mc`)).toBe("a\n: :error::b\nc");
  });
});

describe("harmlessJson", () => {
  it("keeps the value, without anything that a terminal or a runner acts on", () => {
    const value = {
      a: `${esc}[2J`,
      b: ["##vso[x]", "###[y]", "\u009b31m", "a\u202eb\u2028", "::c"],
    };
    for (const text of [harmlessJson(value), harmlessJson(value, 2)]) {
      expect(JSON.parse(text)).toEqual(value);
      expect(harmless(text)).toBe(text);
      expect(text).not.toMatch(/##|[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u202e]/);
    }
  });

  it("is plain JSON for plain values", () => {
    expect(harmlessJson({ a: [1, "b"] }, 2)).toBe(JSON.stringify({ a: [1, "b"] }, null, 2));
  });
});

describe("harmlessColoured", () => {
  it.each(["38;5;8", "48;5;8", "1;38;2;8;8;8;3", "38:5:8", "38:2::8:8:8", "58:5:8", "4:3", ""])(
    "keeps the colour %j",
    (parameters) => {
      const text = `${esc}[${parameters}ma`;
      expect(harmlessColoured(text)).toBe(`${text}${esc}[0m`);
    },
  );

  it.each([
    ["plain text", "a\nb", "a\nb"],
    ["colours, which end with their line", `a ${esc}[1;31mb\nc`, `a ${esc}[1;31mb${esc}[0m\nc`],
    [
      "concealed text",
      `${esc}[8ma${esc}[1;08mb${esc}[0;31;8:1mc`,
      `a${esc}[1mb${esc}[0;31mc${esc}[0m`,
    ],
    ["concealed text after a colour", `${esc}[38;5;8;8ma`, `${esc}[38;5;8ma${esc}[0m`],
    [
      "concealed text after half a colour",
      `${esc}[38;5ma${esc}[38;8mb`,
      `${esc}[38;5ma${esc}[38mb${esc}[0m`,
    ],
    ["a colour of underlines that few know", `${esc}[58;5;8;4ma`, `${esc}[4ma${esc}[0m`],
    ["a cleared screen", `${esc}[2J${esc}[Hgone`, "gone"],
    ["a title between colours", `${esc}[1ma${esc}]0;t\u0007b`, `${esc}[1mab${esc}[0m`],
    ["a progress bar", `${esc}[31m10%\r50%\r`, "50%"],
    ["commands of CIs", `::error::x\n##[error]`, ": :error::x\n# #[error]"],
  ])("of %s", (_, text, expected) => {
    expect(harmlessColoured(text)).toBe(expected);
    expect(harmless(harmlessColoured(text))).toBe(harmless(text));
  });
});
