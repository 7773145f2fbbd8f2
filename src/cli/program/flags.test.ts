import { Command, CommanderError } from "commander";
import { describe, expect, expectTypeOf, it } from "vitest";
import { UsageError } from "../../errors.ts";
import { parseDuration } from "../../duration.ts";
import { describeOption } from "./help.ts";
import {
  type ArgumentsOf,
  argument,
  byDefault,
  choice,
  flag,
  gathered,
  optionalList,
  type OptionsOf,
  parsed,
  repeated,
  required,
  text,
  toggle,
} from "./flags.ts";

const flags = [
  flag("-a, --all", "all"),
  toggle("-q, --quiet", "quiet"),
  toggle("--no-color", "no colour"),
  text("--tls-cert <file>", "a file"),
  required(text("-o, --output <file>", "a file")),
  choice("--log <format>", "a format", ["json", "text"]),
  byDefault("basic", choice("--auth <kind>", "a kind", ["basic", "token"])),
  parsed("--scrub-every <duration>", "a duration", parseDuration),
  byDefault(4, parsed("-j, --jobs <number>", "a number", Number)),
  repeated("--base-ref <ref>", "a ref"),
  gathered("--sum <number>", "a number", 0, (before, value) => before + Number(value)),
  optionalList("--force [leg...]", "legs"),
] as const;

/** What the flags give for a command line. */
function parse(...argv: string[]): Record<string, unknown> {
  const command = new Command("test").exitOverride().configureOutput({ writeErr: () => undefined });
  for (const { option } of flags) command.addOption(option);
  command.parse(argv, { from: "user" });
  return command.opts();
}

it("gives commander's keys and values the types that are read from the flags", () => {
  expectTypeOf<OptionsOf<typeof flags>>().branded.toEqualTypeOf<{
    readonly all?: boolean;
    readonly quiet: boolean;
    readonly color: boolean;
    readonly tlsCert?: string;
    readonly output: string;
    readonly log?: "json" | "text";
    readonly auth: "basic" | "token";
    readonly scrubEvery?: number;
    readonly jobs: number;
    readonly baseRef: readonly string[];
    readonly sum: number;
    readonly force?: true | readonly string[];
  }>();
  expect(parse("-o", "x")).toEqual({
    quiet: false,
    color: true,
    output: "x",
    auth: "basic",
    jobs: 4,
    baseRef: [],
    sum: 0,
  });
  const all = ["-aqo", "x", "--no-color", "--tls-cert", "c", "--log", "json", "--auth", "token"];
  const more = ["--scrub-every", "2m", "-j", "8", "--base-ref", "a", "--base-ref", "b"];
  expect(parse(...all, ...more, "--sum", "1", "--sum", "2", "--force", "l", "m")).toEqual({
    all: true,
    quiet: true,
    color: false,
    tlsCert: "c",
    output: "x",
    log: "json",
    auth: "token",
    scrubEvery: 120_000,
    jobs: 8,
    baseRef: ["a", "b"],
    sum: 3,
    force: ["l", "m"],
  });
  expect(parse("-o", "x", "--force")).toMatchObject({ force: true });
});

it("reads the types of arguments", () => {
  const leg = argument("<leg>", "a leg");
  const second = argument("[second]", "another leg");
  const more = argument("[more...]", "legs");
  expect([leg.text, second.text, more.text]).toEqual(["<leg>", "[second]", "[more...]"]);
  expectTypeOf<ArgumentsOf<readonly [typeof leg, typeof second, typeof more]>>().toEqualTypeOf<
    readonly [string, string | undefined, readonly string[]]
  >();
});

describe("a value that is not right", () => {
  it.each([
    [["--log", "xml"], "Allowed choices are json, text."],
    [
      ["--scrub-every", "2"],
      "Use 0, or a number with s, m, h, d or w, such as 36h, 30 days or 2w.",
    ],
    [[], "required option '-o, --output <file>' not specified"],
  ])("%s", (argv, message) => {
    expect(() => parse(...argv)).toThrow(CommanderError);
    expect(() => parse(...argv)).toThrow(message);
  });

  it("does not hide an error of the parser itself", () => {
    const broken = parsed("--broken <x>", "broken", () => {
      throw new TypeError("bug");
    });
    expect(() => broken.option.parseArg?.("x", undefined)).toThrow(TypeError);
    expect(() => parse("-o", "x", "--scrub-every", "2")).not.toThrow(UsageError);
  });
});

it("describes choices and defaults, and no default that is a switch or a list", () => {
  expect(flags.map(({ option }) => describeOption(option))).toEqual([
    "all",
    "quiet",
    "no colour",
    "a file",
    "a file",
    "a format (json, text)",
    "a kind (basic, token; default: basic)",
    "a duration",
    "a number (default: 4)",
    "a ref (can be repeated)",
    "a number (can be repeated) (default: 0)",
    "legs",
  ]);
});
