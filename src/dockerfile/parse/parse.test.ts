import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Instruction } from "./dockerfile.ts";
import { parseDockerfile } from "./parse.ts";

const fixtures = new URL("../../../test/fixtures/dockerfiles/", import.meta.url);

function fixture(name: string): string {
  return readFileSync(new URL(name, fixtures), "utf8");
}

function parse(text: string): ReturnType<typeof parseDockerfile> {
  return parseDockerfile(text, "Dockerfile");
}

/** The last instruction of a file that begins with FROM. */
function last(text: string): Instruction | undefined {
  return parse(`FROM scratch\n${text}`).instructions.at(-1);
}

describe("parseDockerfile", () => {
  it.each([
    [
      "node-service",
      "ARG:4 ARG:5 FROM:8 ENV:9 WORKDIR:12 FROM:14 COPY:15 RUN:16 FROM:20 COPY:21 RUN:22 FROM:24 COPY:25 COPY:26 USER:27 CMD:28",
    ],
    [
      "go-cross",
      "FROM:2 ARG:3 ARG:4 WORKDIR:5 RUN:6 RUN:7 FROM:11 COPY:12 FROM:14 COPY:15 ENTRYPOINT:16",
    ],
    [
      "cuda-backend",
      "ARG:1 ARG:2 ARG:3 FROM:5 FROM:6 ARG:7 ARG:8 ARG:9 ENV:10 RUN:11 FROM:20 ARG:21 RUN:22 COPY:23 FROM:25 COPY:26",
    ],
    ["heredocs", "FROM:1 COPY:2 RUN:7 RUN:12 RUN:13 ONBUILD:14 ADD:17 ADD:18"],
    ["windows", "FROM:2 SHELL:3 RUN:4 COPY:7 ENTRYPOINT:8"],
    [
      "onbuild",
      "FROM:1 ONBUILD:2 ONBUILD:3 ONBUILD:4 ENV:5 FROM:7 RUN:8 FROM:10 COPY:11 COPY:12 COPY:13",
    ],
    ["remote-sources", "ARG:1 FROM:2 ARG:3 ARG:4 ENV:5 ADD:6 ADD:7 ADD:8 ADD:9 FROM:10 COPY:11"],
  ])("finds every instruction of %s and its line", (name, expected) => {
    const { instructions } = parse(fixture(`${name}.Dockerfile`));
    expect(instructions.map(({ keyword, line }) => `${keyword}:${line}`).join(" ")).toBe(expected);
  });

  it("has a case for each fixture", () => {
    expect(readdirSync(fixtures).length).toBe(7);
  });

  it("joins continuation lines and drops comments between them", () => {
    expect(parse(fixture("node-service.Dockerfile")).instructions[3]).toEqual({
      keyword: "ENV",
      flags: [],
      rest: 'NODE_ENV=production     PATH="/app/node_modules/.bin:$PATH"',
      json: undefined,
      heredocs: [],
      trigger: undefined,
      text: 'ENV NODE_ENV=production     PATH="/app/node_modules/.bin:$PATH"',
      line: 9,
      endLine: 11,
    });
  });

  it("reads several heredocs of one line, and leaves here-strings and shifts alone", () => {
    const { instructions } = parse(fixture("heredocs.Dockerfile"));
    expect(instructions.map(({ heredocs }) => heredocs)).toEqual([
      [],
      [
        {
          name: "nginx.conf",
          fd: 0,
          expand: true,
          chomp: false,
          content: "server { listen $PORT; }\n",
        },
        {
          name: "index.html",
          fd: 0,
          expand: false,
          chomp: false,
          content: "<h1>RUN nothing $here</h1>\n",
        },
      ],
      [
        { name: "EOF1", fd: 0, expand: true, chomp: false, content: "FROM a\n" },
        { name: "EOF2", fd: 3, expand: true, chomp: false, content: "COPY b\n" },
      ],
      [],
      [],
      [],
      [],
      [],
    ]);
    expect(instructions[5]?.trigger?.heredocs).toEqual([
      { name: "DONE", fd: 0, expand: true, chomp: false, content: "echo later\n" },
    ]);
  });

  it("ends <<- at a terminator indented with tabs, not with spaces", () => {
    expect(last("RUN <<-EOF\n\ta\n EOF\n\tEOF\n")?.heredocs).toEqual([
      { name: "EOF", fd: 0, expand: true, chomp: true, content: "\ta\n EOF\n" },
    ]);
  });

  it.each([
    ["RUN cat << EOF > /o\nhello\nEOF", "EOF"],
    ['RUN sh << "E O F"\nhello\nE O F', "E O F"],
    ["RUN sh << -EOF\nhello\n-EOF", "-EOF"],
    ["RUN echo ${x:1} <<EOF\nhello\nEOF", "EOF"],
    ["ONBUILD RUN sh << EOF\nhello\nEOF", "EOF"],
  ])("reads the heredoc of %j", (text, name) => {
    const instruction = last(text);
    expect((instruction?.trigger ?? instruction)?.heredocs).toEqual([
      { name, fd: 0, expand: !name.includes(" "), chomp: false, content: "hello\n" },
    ]);
  });

  it.each(["RUN sh <<-", "RUN sh <<- EOF", "RUN sh <<", "RUN echo ${x^^} <<EOF"])(
    "finds no heredoc in %j",
    (text) => expect(last(text)?.heredocs).toEqual([]),
  );

  it.each([
    ['RUN <<"EOF"\n$a\nEOF', false],
    ["RUN <<'EOF'\n$a\nEOF", false],
    ['RUN <<E"O"F\n$a\nEOF', false],
    ["RUN <<EOF\n$a\nEOF", true],
  ])("decides by the quotes of %j whether its body is expanded: %s", (text, expand) => {
    expect(last(text)?.heredocs).toEqual([
      { name: "EOF", fd: 0, expand, chomp: false, content: "$a\n" },
    ]);
  });

  it("ignores heredocs if the instruction does not support them or is in JSON form", () => {
    expect(parse('FROM a\nLABEL x=<<EOF\nRUN ["cat", "<<EOF"]\n').instructions.length).toBe(3);
  });

  it("reads directives, and only before anything else", () => {
    expect(parse(fixture("node-service.Dockerfile")).directives).toEqual({
      syntax: { ref: "docker/dockerfile:1.7", line: 1 },
      escape: "\\",
      check: "skip=JSONArgsRecommended;error=true",
    });
    expect(parse("#!/usr/bin/docker\n# syntax = a/b:1 --x\nFROM a").directives.syntax).toEqual({
      ref: "a/b:1",
      line: 2,
    });
    expect(parse("# a comment\n# escape=`\nFROM a").directives.escape).toBe("\\");
    expect(parse("\n# syntax=a\nFROM a").directives.syntax).toBeUndefined();
    expect(parse("\uFEFF# syntax=a\nFROM a").directives.syntax).toEqual({ ref: "a", line: 1 });
  });

  it("looks for the frontend as BuildKit does", () => {
    const syntaxOf = (text: string) => parse(text).directives.syntax?.ref;
    expect(syntaxOf("  # syntax=a\nFROM a")).toBeUndefined();
    expect(syntaxOf("  # escape=`\n# syntax=a\nFROM a")).toBeUndefined();
    expect(syntaxOf("# escape=`\n# syntax=a\nFROM a")).toBe("a");
    expect(syntaxOf("# check=skip=all\n  # syntax=a\nFROM a")).toBeUndefined();
  });

  it("accepts an indented escape directive, as BuildKit's parser does", () => {
    expect(parse("  # escape=`\nFROM a").directives.escape).toBe("`");
    expect(parse("  # check=skip=all\nFROM a").directives.check).toBeUndefined();
  });

  it.each([
    ["//syntax=acme/yaml:1\nkind: x\n", 1],
    ["#!/bin/x\n// syntax = acme/yaml:1 --flag\nkind: x\n", 2],
    ['{"syntax": "acme/yaml:1", "kind": "x"}', 1],
    ["# syntax=acme/yaml:1\nkind: x\n", 1],
  ])("reports that %j uses another frontend", (text, line) => {
    expect(() => parse(text)).toThrow(
      `Dockerfile:${line}: the file uses the frontend acme/yaml:1; Layerkeep reads only Dockerfiles`,
    );
  });

  it.each([
    "docker/dockerfile:1.7-labs",
    "docker.io/docker/dockerfile",
    "mirror.example/dockerfile",
  ])("reports nothing about the frontend %s", (ref) => {
    expect(() => parse(`# syntax=${ref}\nCPOY a b\n`)).toThrow(
      /^Dockerfile:2: unknown instruction "CPOY"/,
    );
  });

  it("reads a Windows file: backticks continue lines, backslashes do not, line ends are CRLF", () => {
    const { instructions } = parse(fixture("windows.Dockerfile"));
    expect(instructions.map(({ text }) => text)).toEqual([
      "FROM mcr.microsoft.com/windows/servercore:ltsc2022",
      'SHELL ["powershell", "-Command"]',
      "RUN New-Item     -Path C:\\data\\     -ItemType Directory",
      "COPY app\\ C:\\app\\",
      "ENTRYPOINT C:\\app\\run.exe",
    ]);
  });

  it("splits flags, quoted ones too, up to the first word that is not a flag", () => {
    const copy = last("COPY --from=a --link --exclude='*.md x' --chmod=\"0755\" --  --b --c");
    expect([copy?.flags, copy?.rest]).toEqual([
      [
        { name: "from", value: "a" },
        { name: "link", value: undefined },
        { name: "exclude", value: "*.md x" },
        { name: "chmod", value: "0755" },
      ],
      "--b --c",
    ]);
  });

  it("reads flags byte by byte, as BuildKit does", () => {
    // Tried on an engine: the bytes of ä are read as two characters, and the byte A0 ends the flag.
    expect(last("COPY --exclude=ä ö /")).toMatchObject({
      flags: [{ name: "exclude", value: "Ã¤" }],
      rest: "ö /",
    });
    expect(last("COPY --exclude=xà ö /")).toMatchObject({
      flags: [{ name: "exclude", value: "xÃ" }],
      rest: "ö /",
    });
  });

  it("uses the directive's escape in flags, too", () => {
    const [, copy] = parse("# escape=`\nFROM a\nCOPY --from=x`y\\z a /").instructions;
    expect(copy?.flags).toEqual([{ name: "from", value: "xy\\z" }]);
  });

  it("parses the JSON form, and treats invalid JSON as shell form", () => {
    expect(last('COPY ["a b", "c"]')?.json).toEqual(["a b", "c"]);
    expect(last("RUN [ -f a ] && b")?.json).toBeUndefined();
  });

  it("warns about an empty line inside an instruction", () => {
    expect(parse("FROM a\nRUN a \\\n\n  b\n").warnings).toEqual([
      { message: "empty line inside an instruction", line: 3 },
    ]);
  });

  it("does not continue a line that ends with an escaped escape character", () => {
    expect(parse("FROM a\nRUN echo \\\\\nRUN b").instructions.length).toBe(3);
  });

  it.each([
    ["", "Dockerfile:1: the Dockerfile has no instructions (start the file with FROM)"],
    [
      "# only a comment\n",
      "Dockerfile:1: the Dockerfile has no instructions (start the file with FROM)",
    ],
    ["ARG A=1\n", "Dockerfile:1: the Dockerfile has no FROM (start a stage with FROM)"],
    [
      "ARG A\nRUN a\nFROM b",
      "Dockerfile:2: RUN comes before the first FROM (move it below FROM: only ARG can come before FROM)",
    ],
    ["FROM a\nCPOY a b", 'Dockerfile:2: unknown instruction "CPOY" (did you mean COPY?)'],
    [
      "FROM a\n\nENTRYPIONT x",
      'Dockerfile:3: unknown instruction "ENTRYPIONT" (did you mean ENTRYPOINT?)',
    ],
    [
      "FROM a\nRUN <<EOF\na\n",
      "Dockerfile:2: the heredoc EOF is not terminated (end it with a line that contains only EOF)",
    ],
    ['FROM a\nCOPY ["a", 1]', "Dockerfile:2: the JSON form of COPY accepts only strings"],
    ["FROM a\nONBUILD FROM b", "Dockerfile:2: FROM cannot be an ONBUILD trigger"],
    ["FROM a\nONBUILD ONBUILD RUN b", "Dockerfile:2: ONBUILD cannot be an ONBUILD trigger"],
    ["FROM", "Dockerfile:1: FROM needs an argument"],
    [
      "# escape=x\nFROM a",
      'Dockerfile:1: the escape character cannot be "x" (use a backslash or a backtick)',
    ],
    ["# syntax=a\n# syntax=b\nFROM a", "Dockerfile:2: the directive syntax is set twice"],
    ["FROM a\nFOO x\nBAZ y", 'Dockerfile:2: unknown instruction "FOO"'],
  ])("refuses %j", (text, message) => {
    expect(() => parse(text)).toThrow(message);
  });

  it("lists all problems", () => {
    expect(() => parse("FROM a\nRUNN b\nCPOY c d")).toThrow(/:2: .*\n.*:3: /);
  });

  it("fails on any text only with a usage error, and keeps lines in order", () => {
    const line = fc.oneof(
      fc.constantFrom(
        "FROM a",
        "RUN <<EOF",
        "EOF",
        "# x",
        "",
        "COPY a \\",
        "ARG X=1",
        "\tRUN b",
        "`",
      ),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        let instructions: readonly Instruction[];
        try {
          instructions = parse(lines.join("\n")).instructions;
        } catch (error) {
          expect(error).toMatchObject({ code: "usage" });
          return;
        }
        let before = 0;
        for (const { line: start, endLine } of instructions) {
          expect(start).toBeGreaterThan(before);
          expect(endLine).toBeGreaterThanOrEqual(start);
          before = endLine;
        }
      }),
    );
  });
});
