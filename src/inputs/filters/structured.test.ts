import { describe, expect, it } from "vitest";
import { atJsonPointer, atYamlPath } from "./structured.ts";

describe("a value of a JSON file", () => {
  const text = '{"b": {"y": 1, "x": [1, {"q": 2, "p": 3}]}, "a/b": "~", "n": null}';

  it.each([
    ["/b/x/1", 'value {"p":3,"q":2}'],
    ["/b", 'value {"x":[1,{"p":3,"q":2}],"y":1}'],
    ["/a~1b", 'value "~"'],
    ["/n", "value null"],
    ["/n/more", "absent"],
    ["/b/x/7", "absent"],
    ["/toString", "absent"],
  ])("at %s", (pointer, value) => {
    expect(atJsonPointer(text, pointer)).toBe(value);
  });

  it("is the whole file at the empty pointer, whatever the spaces and the order of keys", () => {
    expect(atJsonPointer('{ "b": 1,\n"a": 2 }', "")).toBe(atJsonPointer('{"a":2,"b":1}', ""));
  });

  it("is undefined if the file is not JSON", () => {
    expect(atJsonPointer("{", "/a")).toBeUndefined();
  });
});

describe("a value of a YAML file", () => {
  it("keeps numbers as written, and drops comments and quotes", () => {
    const text = "# c\nb: {y: 1.10, x: 'z'} # d\na: [1, 2]\n";
    expect(atYamlPath(text, "b")).toBe('value {"x":"z","y":"1.10"}');
    expect(atYamlPath(text, "a.1")).toBe('value "2"');
    expect(atYamlPath(text, "a.b.c")).toBe("absent");
    expect(atYamlPath(text, "")).toBe(atYamlPath('a: ["1", "2"]\nb: {x: z, y: "1.10"}', ""));
  });

  it("is undefined if the file is not YAML", () => {
    expect(atYamlPath("a: [", "a")).toBeUndefined();
  });
});
