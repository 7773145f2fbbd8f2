import { describe, expect, it } from "vitest";
import { interpolate } from "./evaluate.ts";
import { expressionsIn, piecesOf } from "./template.ts";
import { knownText, splitText, Unknown } from "./value.ts";

it.each([
  ["plain", [{ literal: "plain" }]],
  ["", []],
  ["a${{ b }}c", [{ literal: "a" }, { expression: "b", offset: 1, end: 9 }, { literal: "c" }]],
  ["${{ '}}' }}", [{ expression: "'}}'", offset: 0, end: 11 }]],
  ["${{ 'it''s }}' }}", [{ expression: "'it''s }}'", offset: 0, end: 17 }]],
  ["${{ open", [{ literal: "${{ open" }]],
  ["${{ 'open }}", [{ literal: "${{ 'open }}" }]],
])("reads the pieces of %s", (text, pieces) => {
  expect(piecesOf(text)).toEqual(pieces);
});

describe("hostile texts take no time", () => {
  it.each([
    ["quotes that never close", `\${{ ${"'".repeat(1_000_001)}`],
    ["expressions that never close", "${{ x ".repeat(200_000)],
  ])("%s", (_, text) => {
    const began = performance.now();
    expect(expressionsIn(text)).toEqual([]);
    expect(performance.now() - began).toBeLessThan(2_000);
  });

  it("a text that doubles itself is not known", () => {
    const doubled = "${{ env.A }}".repeat(2_000);
    const values = { A: "x".repeat(1_000) };
    const env = { values, open: false, constancy: "job" } as const;
    const text = interpolate(doubled, { contexts: new Map([["env", env]]) });
    expect(knownText(text)).toBeUndefined();
    const long = { A: "x".repeat(1 << 20) };
    const call = interpolate("${{ format('{0}{0}', env.A) }}", {
      contexts: new Map([["env", { ...env, values: long }]]),
    });
    expect(knownText(call)).toBeUndefined();
    expect(call.text.length).toBeLessThan(100);
  });
});

it("splits a text, and keeps what is not known with its part", () => {
  const a = new Unknown("join(a, ',')", "run");
  const b = new Unknown("b", "job");
  const text = { text: "x=${{ join(a, ',') }},y=${{ b }},z", unknown: [a, b] };
  expect(splitText(text, ",")).toEqual([
    { text: "x=${{ join(a, ',') }}", unknown: [a] },
    { text: "y=${{ b }}", unknown: [b] },
    { text: "z", unknown: [] },
  ]);
});
