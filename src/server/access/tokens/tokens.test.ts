import { createHmac } from "node:crypto";
import { describe, expect, test } from "vitest";
import { readJwt, signJwt } from "./jwt.ts";
import { formatScopes, parseScopes } from "./scope.ts";
import { Tokens } from "./tokens.ts";

const key = Buffer.alloc(32, 7);
const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");

describe("a JSON Web Token", () => {
  const claims = { sub: "ada", exp: 1 };
  const token = signJwt(claims, key);
  const [head = "", body = "", signature = ""] = token.split(".");

  test("is determined by its claims and key", () => {
    expect(readJwt(token, key)).toEqual(claims);
    const expected = createHmac("sha256", key).update(`${head}.${body}`).digest("base64url");
    expect([JSON.parse(Buffer.from(head, "base64url").toString()), signature]).toEqual([
      { alg: "HS256", typ: "JWT" },
      expected,
    ]);
  });

  const none = encode({ alg: "none", typ: "JWT" });
  const signedNone = createHmac("sha256", key).update(`${none}.${body}`).digest("base64url");
  test.each([
    ["nothing", ""],
    ["words", "a.b.c"],
    ["no signature", `${head}.${body}.`],
    ["two parts", `${head}.${body}`],
    ["four parts", `${token}.x`],
    ["alg none", `${none}.${body}.`],
    ["alg none, signed anyway", `${none}.${body}.${signedNone}`],
    ["alg none with the signature", `${none}.${body}.${signature}`],
    ["other claims", `${head}.${encode({ sub: "root", exp: 1 })}.${signature}`],
    ["another key", signJwt(claims, Buffer.alloc(32, 8))],
    ["a longer signature", `${token}AAAA`],
  ])("is refused: %s", (_, given) => {
    expect(readJwt(given, key)).toBeUndefined();
  });
});

describe("scopes", () => {
  test.each([
    [["repository:acme/app:pull,push"], "repository:acme/app:pull,push"],
    [["repository:a:push,pull repository:b:pull"], "repository:a:pull,push repository:b:pull"],
    [["repository:a:pull", "repository:a:push"], "repository:a:pull,push"],
    [["repository:a:*"], "repository:a:pull,push,delete"],
    [["repository:a:fly"], "repository:a:"],
    [["registry:catalog:*"], "registry:catalog:*"],
    [["registry:catalog:pull", "repository(plugin):a:pull", "x", ""], ""],
    [["repository:A:pull", "repository:../a:pull", "repository::pull"], ""],
  ])("%j is parsed as %s", (given, expected) => {
    expect(formatScopes(parseScopes(given))).toBe(expected);
  });

  test("are limited to twenty", () => {
    const many = (count: number): string[] =>
      Array.from({ length: count }, (_, n) => `repository:a${n}:pull`);
    expect(parseScopes(many(20))).toHaveLength(20);
    expect(() => parseScopes(many(21))).toThrow("a token can have at most 20 scopes");
  });
});

describe("tokens", () => {
  test("carry what their bearer may do, for five minutes", () => {
    let now = 1_800_000_000_000;
    const tokens = new Tokens("registry", () => now);
    const bearer = {
      user: "ada",
      scopes: parseScopes(["repository:acme/app:pull,push", "registry:catalog:*"]),
    };
    const { token, expiresIn, issuedAt } = tokens.issue(bearer);
    expect([expiresIn, issuedAt]).toEqual([300, "2027-01-15T08:00:00.000Z"]);
    expect(JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString())).toEqual({
      iss: "registry",
      sub: "ada",
      aud: "registry",
      exp: 1_800_000_300,
      nbf: 1_800_000_000,
      iat: 1_800_000_000,
      jti: expect.any(String) as unknown,
      access: [
        { type: "repository", name: "acme/app", actions: ["pull", "push"] },
        { type: "registry", name: "catalog", actions: ["*"] },
      ],
    });
    now += 299_000;
    expect(tokens.read(token)).toEqual(bearer);
    now += 1_000;
    expect(tokens.read(token)).toBeUndefined();
  });

  test("of anonymous users name no user, and those of another process are rejected", () => {
    const tokens = new Tokens("registry");
    const anonymous = tokens.issue({ user: undefined, scopes: [] }).token;
    expect(tokens.read(anonymous)).toEqual({ user: undefined, scopes: [] });
    expect(new Tokens("registry").read(anonymous)).toBeUndefined();
  });

  test("with twenty of the longest names fit into a request's header", () => {
    const tokens = new Tokens("registry");
    const name = (n: number): string => `${"a".repeat(253)}${n}`.slice(-255);
    const words = Array.from({ length: 20 }, (_, n) => `repository:${name(n)}:*`);
    const { token } = tokens.issue({ user: "u".repeat(255), scopes: parseScopes(words) });
    expect(token.length).toBeLessThan(12_000);
  });

  test("for refreshing last as long as the password, and grant nothing themselves", () => {
    let now = 1_800_000_000_000;
    const tokens = new Tokens("registry", () => now);
    const refresh = tokens.issueRefresh("ada", "hash");
    const fingerprints: Record<string, string> = { ada: "hash" };
    const read = (token: string): string | undefined =>
      tokens.readRefresh(token, (user) => fingerprints[user]);
    expect(read(refresh)).toBe("ada");
    expect(tokens.read(refresh)).toBeUndefined();
    expect(read(tokens.issue({ user: "ada", scopes: [] }).token)).toBeUndefined();
    fingerprints["ada"] = "changed";
    expect(read(refresh)).toBeUndefined();
    delete fingerprints["ada"];
    expect(read(refresh)).toBeUndefined();
    fingerprints["ada"] = "hash";
    now += 30 * 24 * 3_600_000;
    expect(read(refresh)).toBeUndefined();
  });
});
