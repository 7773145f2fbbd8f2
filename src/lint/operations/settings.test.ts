import { describe, expect, it } from "vitest";
import { known } from "../expressions/value.ts";
import { sourceFile } from "../yaml/node.ts";
import { parseSettings } from "./settings.ts";

function attributesOf(text: string): readonly (readonly [string, string])[] {
  const span = { file: sourceFile("a.yml", text), start: 0, end: text.length };
  const { attributes } = parseSettings({ value: known(text), span });
  return [...attributes].map(([key, value]) => [key, value.text]);
}

describe("the attributes of an output or a cache", () => {
  it.each([
    [
      "type=gha,mode=max",
      [
        ["type", "gha"],
        ["mode", "max"],
      ],
    ],
    [
      'type=image,"name=a,b",push=true',
      [
        ["type", "image"],
        ["name", "a,b"],
        ["push", "true"],
      ],
    ],
    [
      '"type=image","name=a"',
      [
        ["type", "image"],
        ["name", "a"],
      ],
    ],
    ["ghcr.io/acme/app:cache", [["ref", "ghcr.io/acme/app:cache"]]],
  ])("%s", (text, expected) => {
    expect(attributesOf(text)).toEqual(expected);
  });
});
