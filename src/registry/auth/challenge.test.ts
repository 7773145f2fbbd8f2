import { describe, expect, it } from "vitest";
import { parseChallenge } from "./challenge.ts";

describe("parseChallenge", () => {
  it.each([
    [
      'Bearer realm="https://auth.example/token",service="registry.example",scope="repository:a/b:pull,push"',
      { scheme: "bearer", realm: "https://auth.example/token", service: "registry.example" },
    ],
    [
      'bearer realm="https://a.example/t"',
      { scheme: "bearer", realm: "https://a.example/t", service: undefined },
    ],
    [
      "Bearer realm=https://a.example/t",
      { scheme: "bearer", realm: "https://a.example/t", service: undefined },
    ],
    ['Bearer service="a, \\"b\\"", realm="x"', { scheme: "bearer", realm: "x", service: 'a, "b"' }],
    ['Basic realm="Registry"', { scheme: "basic" }],
    ["Basic", { scheme: "basic" }],
    [
      'Basic realm="r", Bearer realm="https://a.example/t"',
      { scheme: "bearer", realm: "https://a.example/t", service: undefined },
    ],
    ['Negotiate, Basic realm="r"', { scheme: "basic" }],
  ])("reads %s", (header, expected) => {
    expect(parseChallenge(header)).toEqual(expected);
  });

  it.each([undefined, "", "Negotiate", 'Bearer service="no realm"', "=", 'Digest realm="x"'])(
    "finds no supported challenge in %s",
    (header) => {
      expect(parseChallenge(header)).toBeUndefined();
    },
  );
});
