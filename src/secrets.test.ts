import { describe, expect, it } from "vitest";
import { isSecretName, maskSecrets, redactArguments, secretValues } from "./secrets.ts";

const jwt = `eyJ${"a".repeat(20)}.eyJ${"b".repeat(20)}.${"c".repeat(20)}`;

describe("maskSecrets", () => {
  it.each([
    ["an address with a password", "https://u:p4ss@h.io/x.git", "https://***@h.io/x.git"],
    ["an address with a token", "git+https://tok3n@h.io/x", "git+https://***@h.io/x"],
    ["an address of ssh", "ssh://git@h.io/x, git@h.io:x", "ssh://git@h.io/x, git@h.io:x"],
    ["a bearer token", "Authorization: Bearer abcdefgh123", "Authorization: Bearer ***"],
    ["basic credentials", "header Basic dTpwYXNzd29yZA==", "header Basic ***"],
    ["headers", 'curl -H "PRIVATE-TOKEN: abc" -H x', 'curl -H "PRIVATE-TOKEN: ***" -H x'],
    ["words", "basic authentication and bearer authorisation", undefined],
    ["a challenge", 'Bearer realm="https://auth.h.io/token",service="h.io"', undefined],
    ["GitHub's tokens", `x ghp_${"a".repeat(36)}!`, "x ***!"],
    ["GitHub's fine-grained tokens", `github_pat_${"a1_".repeat(20)}`, "***"],
    ["GitLab's tokens", `glpat-${"a-1".repeat(8)} glrt-${"b".repeat(20)}`, "*** ***"],
    ["npm's tokens", `//registry/:_x npm_${"a".repeat(36)}`, "//registry/:_x ***"],
    ["AWS's keys", "AKIAIOSFODNN7EXAMPLE", "***"],
    ["Slack's tokens", "xoxb-1234567890-abc", "***"],
    ["JSON web tokens", `t ${jwt} u`, "t *** u"],
    [
      "private keys",
      "-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----\nx",
      "***\nx",
    ],
    [
      "arguments",
      "--build-arg NPM_TOKEN=abc --build-arg A=b",
      "--build-arg NPM_TOKEN=*** --build-arg A=b",
    ],
    ["shell words", `RUN PASSWORD='a b' make KEY="c d"`, "RUN PASSWORD=*** make KEY=***"],
    [
      "words escaped with backslashes",
      String.raw`sh -c \"TOKEN=\"a\" x\"`,
      String.raw`sh -c \"TOKEN=*** x\"`,
    ],
    ["JSON", '{"password":"x y","a":"b"}', '{"password":***,"a":"b"}'],
    ["queries", "https://h.io/a?sig=abc&n=1", "https://h.io/a?sig=***&n=1"],
    ["digests", `sha256:${"0a".repeat(32)}`, undefined],
    ["steps", "[build 2/3] RUN go build -o /app ./cmd", undefined],
    ["mounts", "RUN --mount=type=secret,id=npm npm ci", undefined],
    ["references", "ghcr.io/acme/app:v1@sha256:abc", undefined],
  ])("of %s", (_, text, masked) => {
    expect(maskSecrets(text)).toBe(masked ?? text);
    expect(maskSecrets(maskSecrets(text))).toBe(masked ?? text);
  });

  it("redacts known values, the longest first", () => {
    expect(maskSecrets("a hunter2hunter2 hunter2 abc", ["hunter2", "hunter2hunter2", "abc"])).toBe(
      "a *** *** abc",
    );
  });

  it.each(["-eyJ", "x-", "A=", 'a="', "a://", "Basic ", "-----BEGIN ", "private-token: "])(
    "takes little time for long lines of %j",
    (part) => {
      const text = part.repeat((1 << 17) / part.length);
      const lines = text.replaceAll(/.{60000}/g, "$&\n");
      const start = performance.now();
      maskSecrets(lines);
      expect(performance.now() - start).toBeLessThan(5_000);
    },
  );

  it("redacts each long line of a known value", () => {
    const known = ['{\n  "id": "robot-42",\n  "a": 1\n}\r\n'];
    expect(maskSecrets('> "id": "robot-42",\n> "a": 1\n> }', known)).toBe('> ***\n> "a": 1\n> }');
    expect(maskSecrets(`x ${known[0] ?? ""}y`, known)).toBe("x ***y");
  });
});

describe("isSecretName", () => {
  it.each([
    "NPM_TOKEN",
    "npmToken",
    "DB_PASSWORD",
    "passwd",
    "API_KEY",
    "apikey",
    "SIGNING_KEY",
    "GH_PAT",
    "awsSecretAccessKey",
    "NPM_AUTH",
    "CREDENTIALS",
  ])("is true of %s", (name) => expect(isSecretName(name)).toBe(true));
  it.each([
    "VERSION",
    "AUTHOR",
    "MONKEY",
    "KEYBOARD",
    "TOKENIZERS_PARALLELISM",
    "PATH",
    "COMPAT",
    "SIGMA",
    "PUBLIC_KEY",
    "type",
    "id",
  ])("is false of %s", (name) => expect(isSecretName(name)).toBe(false));
});

it("redacts a program's arguments", () => {
  const argv = [
    "buildx",
    "--build-arg",
    "NPM_TOKEN=a b, c",
    "--build-arg=KEY=d",
    "--secret",
    "id=x,env=NPM_TOKEN",
    "https://u:p@h.io",
  ];
  expect(redactArguments(argv)).toEqual([
    "buildx",
    "--build-arg",
    "NPM_TOKEN=***",
    "--build-arg=KEY=***",
    "--secret",
    "id=x,env=NPM_TOKEN",
    "https://***@h.io",
  ]);
});

it("finds an environment's secrets by their names, and those that are listed", () => {
  const env = { NPM_TOKEN: "12345678", PATH: "/usr/bin/x", ODD: "s3cret", KEY: "short" };
  expect(secretValues(env)).toEqual(["12345678"]);
  expect(secretValues(env, ["ODD"])).toEqual(["12345678", "s3cret"]);
});
