import { expect, it } from "vitest";
import { interpolate } from "./interpolate.ts";

const variables = new Map([
  ["A", "a"],
  ["EMPTY", ""],
  ["JSON", '{"set":{}}'],
  ["NONE", undefined],
]);

// The output of `docker compose config` with A=a and EMPTY= in its environment.
it.each([
  ["plain", "plain"],
  ["$A-${A}", "a-a"],
  ["$$A $${A}", "$A ${A}"],
  ["${EMPTY:-d}${EMPTY-d}", "d"],
  ["${NONE:-d}${NONE-e}", "de"],
  ["${A:+x}${EMPTY:+x}${EMPTY+y}${NONE+z}", "xy"],
  ["${A:?no}${EMPTY?no}", "a"],
  ["${NONE:-${EMPTY:-${A}}}-", "a-"],
  ["${NONE:-a:b/c}", "a:b/c"],
  ["${A:-${NONE}}${NONE:+${NONE}}", "a"],
  ["}{", "}{"],
  ["^REGEX$", "^REGEX$"],
  ["a $ b$1$-$", "a $ b$1$-$"],
  ["${NONE:-^x$}${NONE:-$ }", "^x$$ "],
  ['${JSON:-{"json":1}}', '{"set":{}}'],
  ['${JSON-{"json":{"a":{}}}}!', '{"set":{}}!'],
  ['${NONE:-{"json":{"a":1}}}!', '{"json":{"a":1}}!'],
  ['${NONE:-{"a":"${A}"}}${A:+{}}', '{"a":"a"}{}'],
])("%s is %s", (text, expected) => {
  expect(interpolate(text, variables)).toEqual({ text: expected, problems: [] });
});

const undeclared =
  "set it under vars in the config: Layerkeep does not read the environment or .env";
const broken: readonly string[] = ["${A", "${}", "${", "${A:-b", "${A!}", "${A:-{}"];
const cases: readonly [string, { message: string; hint?: string }][] = [
  ["x$B", { message: "B has no value", hint: undeclared }],
  ["${NONE}", { message: "NONE has no value", hint: undeclared }],
  ["${EMPTY:?needed}", { message: "EMPTY has no value: needed" }],
  ["${NONE?}", { message: "NONE has no value: it is required" }],
  ...broken.map((text): [string, { message: string; hint: string }] => [
    text,
    {
      message: `"${text}" contains a \${ that does not start a variable`,
      hint: "close each brace, or use $$ for a literal $",
    },
  ]),
];
it.each(cases)("%s has no value", (text, problem) => {
  expect(interpolate(text, variables).problems).toEqual([problem]);
});

it("is bounded in depth", () => {
  const deep = `${"${A:+".repeat(100_000)}${"}".repeat(100_000)}`;
  expect(interpolate(deep, variables).problems).toHaveLength(1);
});
