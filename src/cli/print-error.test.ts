import { describe, expect, it } from "vitest";
import { testIo } from "../../test/support/io.ts";
import { EngineError, UsageError } from "../errors.ts";
import { asksForJson, printError } from "./print-error.ts";

function printed(error: unknown, json: boolean, signal = new AbortController().signal): string {
  const { io, err, out } = testIo({ signal });
  printError(error, json, io, 130);
  expect(out()).toBe("");
  return err();
}

describe("as text", () => {
  it.each<[unknown, string]>([
    [new UsageError("wrong", { hint: "do this" }), "error: wrong\nhint: do this\n"],
    [new EngineError("broken"), "error: broken\n"],
  ])("%s", (error, text) => {
    expect(printed(error, false)).toBe(text);
  });

  it("prints the stack of a bug", () => {
    expect(printed(new TypeError("oops"), false)).toMatch(
      /^error: this is a bug in Layerkeep; .*\nTypeError: oops\n {4}at /,
    );
  });
});

describe("as JSON, on one line", () => {
  const json = (error: unknown): unknown => {
    const text = printed(error, true);
    expect(text).toMatch(/^\{[^\n]*\}\n$/);
    return JSON.parse(text);
  };

  it("has the message, the hint, the kind and the exit code", () => {
    expect(json(new UsageError("wrong\nlines", { hint: "do this" }))).toEqual({
      error: "wrong\nlines",
      hint: "do this",
      code: "usage",
      exitCode: 2,
    });
    expect(json(new EngineError("broken"))).toEqual({
      error: "broken",
      hint: null,
      code: "engine",
      exitCode: 3,
    });
  });

  it("has each problem of a file with its place", () => {
    const problems = [
      { message: "a", file: "layerkeep.yml", line: 1, column: 2 },
      { message: "b", file: "layerkeep.yml", hint: "c" },
    ];
    expect(json(new UsageError(problems))).toEqual({
      error: "layerkeep.yml:1:2: a\nlayerkeep.yml: b (c)",
      hint: null,
      code: "usage",
      exitCode: 2,
      problems,
    });
  });

  it("has the stack of a bug", () => {
    expect(json(new TypeError("oops"))).toMatchObject({
      error: "oops",
      code: "bug",
      exitCode: 70,
      stack: expect.stringContaining("TypeError: oops\n") as string,
    });
  });

  it("says that the command was interrupted", () => {
    const error = new Error("interrupted by SIGINT");
    expect(JSON.parse(printed(error, true, AbortSignal.abort()))).toEqual({
      error: "interrupted by SIGINT",
      hint: null,
      code: "interrupted",
      exitCode: 130,
    });
  });
});

it("is an event with --progress rawjson, also beside --json", () => {
  for (const json of [false, true]) {
    const { io, err } = testIo({ progress: "rawjson" });
    printError(new UsageError("wrong"), json, io, 130);
    expect(JSON.parse(err())).toEqual({
      type: "error",
      time: "2026-11-21T04:00:00.000Z",
      error: "wrong",
      hint: null,
      code: "usage",
      exitCode: 2,
    });
  }
});

it.each<[string[], boolean]>([
  [["plan", "--json"], true],
  [["plan", "--nothing", "--json"], true],
  [["plan"], false],
  [["cache", "serve-gha", "--", "docker", "--json"], false],
])("%j asks for JSON: %s", (argv, expected) => {
  expect(asksForJson(argv)).toBe(expected);
});
