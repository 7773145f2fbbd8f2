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

describe("a .proto file", () => {
  it("is the same with other comments, spaces and order", () => {
    const other = changed("// a comment", "/* more */").replace(
      "message Reply {} message Options {}",
      "message Options {\n}\nmessage Reply {\n\n} ;",
    );
    expect(canonicalProto(other)).toBe(canonicalProto(before));
  });

  it("differs after any other change, without a baseline", () => {
    expect(canonicalProto(changed("string prompt", "bytes prompt"))).not.toBe(
      canonicalProto(before),
    );
    expect(canonicalProto(`${before}message More {}`)).not.toBe(canonicalProto(before));
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
    expect(canonicalProto(after, before)).toBe(canonicalProto(before, before));
    expect(canonicalProto(after)).not.toBe(canonicalProto(before));
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
    expect(canonicalProto(changed(from, to), before)).not.toBe(canonicalProto(before, before));
  });

  it.each(["message A {", "}", "message A { string a = 1 }", "message § {}", 'x = "', "/* a"])(
    "is undefined if it cannot be parsed: %j",
    (text) => {
      expect(canonicalProto(text)).toBeUndefined();
      expect(canonicalProto(before, text)).toBeUndefined();
    },
  );

  it("parses an option's braces as its value", () => {
    const text = 'message A { string a = 1 [(x) = { y: "}" z: [1, 2] }]; }';
    expect(canonicalProto(text)).toBe(
      'message A {\nstring a = 1 [ ( x ) = { y : "}" z : [ 1 , 2 ] } ];\n}',
    );
  });
});
