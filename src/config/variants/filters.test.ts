import { describe, expect, it } from "vitest";
import { parseNormaliser } from "./filters.ts";

describe("a normaliser", () => {
  it.each([
    ["strip-comments", { kind: "strip-comments" }],
    ["json:", { kind: "json", at: "" }],
    ["json:/a~1b/0", { kind: "json", at: "/a~1b/0" }],
    ["yaml", { kind: "yaml", at: "" }],
    ["yaml:jobs.build", { kind: "yaml", at: "jobs.build" }],
    ["protobuf", { kind: "protobuf", baseline: undefined }],
    ["protobuf:old.proto", { kind: "protobuf", baseline: "old.proto" }],
    ["command:jq '.a:b'", { kind: "command", command: "jq '.a:b'" }],
  ])("is parsed from %j", (text, normaliser) => {
    expect(parseNormaliser(text)).toEqual(normaliser);
  });

  it.each([
    ["", "protobuf"],
    ["strip-coments", "strip-comments"],
    ["strip-comments:py", "does not accept an argument: remove it"],
    ["json", "json:/dependencies"],
    ["json:dependencies", "json:/dependencies"],
    ["protobuf:", "remove the colon"],
    ["command: ", "command:jq .version"],
  ])("is not %j", (text, hint) => {
    expect(() => parseNormaliser(text)).toThrow(
      expect.objectContaining({ hint: expect.stringContaining(hint) as string }),
    );
  });
});
