import { describe, expect, it } from "vitest";
import { known, textOfValue, Unknown } from "../expressions/value.ts";
import { sourceFile } from "../yaml/node.ts";
import { parseOutput, parseSettings } from "./settings.ts";

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

describe("an output", () => {
  it.each([
    ["./coverage", "local", "./coverage"],
    ["bin", "local", "bin"],
    ["-", "tar", "-"],
    ["type=local,dest=bin", "local", "bin"],
    ["type=registry", "registry", undefined],
  ])("%s", (text, type, dest) => {
    const span = { file: sourceFile("a.yml", text), start: 0, end: text.length };
    const output = parseOutput({ value: known(text), span });
    expect([output.type, output.attributes.get("dest")?.text]).toEqual([type, dest]);
  });

  it("is not known without what only a run can tell", () => {
    const unknown = textOfValue(new Unknown("steps.meta.outputs.output", "job"));
    const span = { file: sourceFile("a.yml", ""), start: 0, end: 0 };
    expect(parseOutput({ value: unknown, span }).type).toBeUndefined();
  });
});
