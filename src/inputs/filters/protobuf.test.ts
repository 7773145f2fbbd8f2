import { describe, expect, it } from "vitest";
import { canonicalProto } from "./protobuf.ts";

const before = `syntax = "proto3"; // a comment
package backend;

service Backend {
  rpc Predict(Request) returns (Reply) {}
  rpc Load(Options) returns (Result);
}

message Request {
  string prompt = 1;
  repeated int32 tokens = 2 [packed = true];
  oneof kind { string text = 3; bytes image = 4; }
  map<string, string> extra = 5;
}
enum State { IDLE = 0; BUSY = 1; LOST = -1; }
message Reply {} message Options {} message Result {}
`;

const changed = (from: string | RegExp, to: string) => {
  const after = before.replace(from, to);
  expect(after).not.toBe(before);
  return after;
};

const textOf = (text: string, baseline?: string) => canonicalProto(text, baseline)?.text;

describe("a .proto file", () => {
  it("is the same with other comments, spaces and order", () => {
    const other = changed("// a comment", "/* more */").replace(
      "message Reply {} message Options {}",
      "message Options {\n}\nmessage Reply {\n\n} ;",
    );
    expect(textOf(other)).toBe(textOf(before));
  });

  it("differs after any other change, without a baseline", () => {
    expect(textOf(changed("string prompt", "bytes prompt"))).not.toBe(textOf(before));
    expect(textOf(`${before}message More {}`)).not.toBe(textOf(before));
  });

  it.each([
    ["a message", "message Reply {}", "message Reply {} message More { required string x = 1; }"],
    ["a service", "enum State", "service More { rpc A(Reply) returns (Reply); } enum State"],
    [
      "a method",
      "rpc Load",
      "rpc Unload(Options) returns (Result) { option deprecated = true; } rpc Load",
    ],
    [
      "a field",
      "string prompt = 1;",
      'string prompt = 1; optional int32 seed = 9 [json_name = "s"];',
    ],
    ["a field of a oneof", "bytes image = 4;", "bytes image = 4; bytes audio = 10;"],
    ["a value", "BUSY = 1;", "BUSY = 1; DONE = 2; GONE = -2;"],
  ])("equals its baseline after adding %s", (_, from, to) => {
    const after = changed(from, to);
    expect(textOf(after, before)).toBe(textOf(before, before));
    expect(textOf(after)).not.toBe(textOf(before));
  });

  it.each([
    ["a field's type", "string prompt", "bytes prompt"],
    ["a field's name", "string prompt", "string question"],
    ["a field's number", "prompt = 1", "prompt = 8"],
    ["a field's options", "packed = true", "packed = false"],
    ["a deleted field", "string prompt = 1;", ""],
    ["a field that left its oneof", "bytes image = 4; }", "} bytes image = 4;"],
    ["a required field", "string prompt = 1;", "string prompt = 1; required int32 x = 9;"],
    ["a value's name", "BUSY = 1", "WORKING = 1"],
    ["a value below zero", "LOST = -1", "AWAY = -1"],
    ["a method's reply", "returns (Reply)", "returns (stream Reply)"],
    ["a deleted message", "message Result {}", ""],
    ["the package", "package backend", "package other"],
    ["an option", "package backend;", 'package backend; option go_package = "x";'],
    ["a reserved number", "string prompt = 1;", "string prompt = 1; reserved 9;"],
  ])("differs from its baseline after changing %s", (_, from, to) => {
    expect(textOf(changed(from, to), before)).not.toBe(textOf(before, before));
  });

  it.each(["message A {", "}", "message A { string a = 1 }", "message § {}", 'x = "', "/* a"])(
    "is undefined if it cannot be parsed: %j",
    (text) => {
      expect(textOf(text)).toBeUndefined();
      expect(textOf(before, text)).toBeUndefined();
    },
  );

  it("parses an option's braces as its value", () => {
    const text = 'message A { string a = 1 [(x) = { y: "}" z: [1, 2] }]; }';
    expect(textOf(text)).toBe(
      'message A {\nstring a = 1 [ ( x ) = { y : "}" z : [ 1 , 2 ] } ];\n}',
    );
  });
});

describe("additions to a baseline", () => {
  const additionsOf = (text: string): Readonly<Record<string, string>> =>
    canonicalProto(text, before)?.additions ?? {};

  it("are named, each with a hash", () => {
    const after = changed("string prompt = 1;", "string prompt = 1; int32 seed = 9;")
      .replace("bytes image = 4;", "bytes image = 4; bytes audio = 10;")
      .replace("BUSY = 1;", "BUSY = 1; DONE = 2; GONE = -2;")
      .replace("rpc Load", "rpc Unload(Options) returns (Result) {} rpc Load")
      .replace(
        "message Reply {}",
        "message Reply {} message More { message Inner { bool x = 1; } }",
      );
    const additions = additionsOf(after);
    expect(Object.keys(additions).sort()).toEqual([
      "field 1 of More.Inner",
      "field 10 of Request.kind",
      "field 9 of Request",
      "message Inner of More",
      "message More",
      "rpc Unload of Backend",
      "value -2 of State",
      "value 2 of State",
    ]);
    for (const sum of Object.values(additions)) expect(sum).toMatch(/^[0-9a-f]{12}$/);
  });

  it("are none without a baseline, and none in the baseline itself", () => {
    expect(canonicalProto(before)?.additions).toEqual({});
    expect(additionsOf(before)).toEqual({});
  });

  const added = `${before}
    message Added { required int32 id = 1; string a = 2; oneof one { int32 b = 3; } }
    enum Mode { option allow_alias = true; A = 0; B = 0; }
    service More { rpc Run(Reply) returns (Reply) {} }`;

  it.each([
    ["a type", "string a = 2", "bytes a = 2", "field 2 of Added"],
    ["a name", "string a = 2", "string c = 2", "field 2 of Added"],
    ["a required field", "int32 id", "int64 id", "message Added"],
    ["a field of a oneof", "int32 b", "int64 b", "field 3 of Added.one"],
    ["an option", "allow_alias = true", "allow_alias = false", "enum Mode"],
    ["one of two values with a number", "B = 0", "C = 0", "value 0 of Mode"],
    ["a method", "Run(Reply)", "Run(stream Reply)", "rpc Run of More"],
  ])("have another hash after changing %s", (_, from, to, name) => {
    const [one, other] = [additionsOf(added), additionsOf(added.replace(from, to))];
    expect(Object.keys(other)).toEqual(Object.keys(one));
    expect(Object.keys(one).filter((key) => one[key] !== other[key])).toEqual([name]);
  });

  it("have the same hashes with other comments, spaces and order, and besides new ones", () => {
    const moved = added
      .replace("string a = 2;", "")
      .replace("required int32", "string  a = 2; // why\n string new = 7; required int32");
    expect(additionsOf(moved)).toEqual({
      ...additionsOf(added),
      "field 7 of Added": expect.any(String) as string,
    });
  });
});
