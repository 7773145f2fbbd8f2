import { describe, expect, it } from "vitest";
import {
  CommandError,
  EngineError,
  exitCodeOf,
  FormatError,
  IntegrityError,
  messageOf,
  RegistryError,
  renderProblem,
  UsageError,
} from "./errors.ts";

describe("renderProblem", () => {
  it.each([
    [{ message: "m" }, "m"],
    [{ message: "m", hint: "h" }, "m (h)"],
    [{ message: "m", file: "f" }, "f: m"],
    [{ message: "m", file: "f", line: 3 }, "f:3: m"],
    [{ message: "m", file: "f", line: 3, column: 7, hint: "h" }, "f:3:7: m (h)"],
  ])("of %j", (problem, expected) => expect(renderProblem(problem)).toBe(expected));
});

describe("the messages of errors", () => {
  const cause = new Error("cause");

  it("UsageError lists all problems", () => {
    const problems = [{ message: "one", file: "f", line: 1 }, { message: "two" }];
    const error = new UsageError(problems, { hint: "try", cause });
    expect(error).toMatchObject({
      name: "UsageError",
      code: "usage",
      message: "f:1: one\ntwo",
      problems,
      hint: "try",
      cause,
    });
    expect(new UsageError("one").problems).toEqual([{ message: "one" }]);
  });

  it.each([
    ["an answer", { status: 500 }, "GET http://r/v2/: 500"],
    ["no answer", { reason: "connection refused" }, "GET http://r/v2/: connection refused"],
  ])("RegistryError with %s", (_, details, message) => {
    const error = new RegistryError({ method: "GET", url: "http://r/v2/", ...details });
    expect(error).toMatchObject({ code: "registry", message, retryable: false, errors: [] });
  });

  it("RegistryError repeats the registry's own errors", () => {
    const errors = [
      { code: "DENIED", message: "no" },
      { code: "X", message: "y" },
    ];
    const error = new RegistryError({ method: "GET", url: "http://r/", status: 403, errors });
    expect(error).toMatchObject({ message: "GET http://r/: 403 DENIED: no; X: y", errors });
  });

  it("IntegrityError names what was expected, what arrived, and how many bytes", () => {
    const details = { subject: "blob", expected: "sha256:a", actual: "sha256:b", bytes: 7 };
    const message = "blob: expected sha256:a, got sha256:b after 7 bytes";
    expect(new IntegrityError(details)).toMatchObject({ code: "integrity", message });
  });

  it.each([
    [{}, "p: git could not be started"],
    [{ exitCode: 3 }, "p: git exited with 3"],
    [{ exitCode: 3, stderrTail: "\nfatal: no\n" }, "p: git exited with 3\nfatal: no"],
    [{ signal: "SIGKILL" }, "p: git was killed by SIGKILL"],
  ])("CommandError with %j names the program but none of its arguments", (details, message) => {
    const error = new CommandError({ argv: ["git", "--secret"], purpose: "p", ...details });
    expect(error).toMatchObject({ code: "command", message });
  });
});

describe("exitCodeOf", () => {
  it.each([
    [new UsageError("x"), 2],
    [new RegistryError({ method: "GET", url: "u" }), 3],
    [new IntegrityError({ subject: "s", expected: "a", actual: "b", bytes: 0 }), 3],
    [new FormatError("x"), 3],
    [new CommandError({ argv: [], purpose: "p" }), 3],
    [new EngineError("x"), 3],
    [new TypeError("x"), 70],
    ["thrown text", 70],
    [undefined, 70],
  ])("of %s is %i", (error, code) => expect(exitCodeOf(error)).toBe(code));
});

describe("messageOf", () => {
  it.each([
    [new Error("m"), "m"],
    ["text", "text"],
    [undefined, "undefined"],
  ])("of %s", (error, message) => expect(messageOf(error)).toBe(message));
});
