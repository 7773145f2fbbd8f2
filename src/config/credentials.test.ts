import { describe, expect, it } from "vitest";
import { UsageError } from "../errors.ts";
import { parseConfig } from "../../test/support/parse-config.ts";

function parse(credentials: string) {
  return parseConfig(`credentials: ${credentials}\nvariants: {app: }`, "f", {}).credentials;
}

function problems(credentials: string): string[] {
  try {
    parse(credentials);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return error.message.split("\n");
  }
  return [];
}

describe("credentials", () => {
  it("list variables by host, by repository and by path prefix", () => {
    expect(
      parse(`
  - {repository: "quay.io/acme/*", username-env: U, password-env: P}
  - {repository: quay.io/acme/app, token-env: T}
  - {repository: "localhost:5000", identity-token-env: I}
  - {repository: "index.docker.io/*", token-env: H}`),
    ).toEqual([
      {
        repository: "quay.io/acme/*",
        variables: { kind: "basic", username: "U", password: "P" },
      },
      { repository: "quay.io/acme/app", variables: { kind: "bearer", token: "T" } },
      { repository: "localhost:5000", variables: { kind: "identity", token: "I" } },
      { repository: "docker.io", variables: { kind: "bearer", token: "H" } },
    ]);
  });

  const ways =
    "(set username-env and password-env, or token-env, or identity-token-env, to the names of environment variables)";

  it.each([
    [
      "[{token-env: T}]",
      "the entry has no repository (add a repository or host, such as repository: quay.io/acme/*)",
    ],
    ["[{repository: quay.io}]", `the entry has no credentials ${ways}`],
    ["[{repository: quay.io, username-env: U}]", `the entry has username-env ${ways}`],
    [
      "[{repository: quay.io, username-env: U, token-env: T}]",
      `the entry has username-env and token-env ${ways}`,
    ],
    [
      "[{repository: acme/app, token-env: T}]",
      '"acme/app" does not start with a registry host (write it in full, such as docker.io/acme/app)',
    ],
    [
      '[{repository: "quay.io/a*/b", token-env: T}]',
      '"quay.io/a*/b" is not a repository (use * only as the last part, as in quay.io/acme/*)',
    ],
    [
      "[{repository: quay.io/Acme, token-env: T}]",
      '"quay.io/Acme" is not a repository (use only lowercase letters)',
    ],
    ["[{repository: quay.io/, token-env: T}]", '"quay.io/" is not a repository (write quay.io)'],
    [
      "[{repository: ex_ample.com, token-env: T}]",
      '"ex_ample.com" is not a host (write host or host:port)',
    ],
    [
      "[{repository: quay.io, token-env: T}, {repository: quay.io/*, token-env: S}]",
      "credentials has two entries for quay.io",
    ],
    ["{repository: quay.io}", "credentials must be a list, not a map"],
  ])("refuses %s", (credentials, problem) => {
    expect(problems(credentials).map((line) => line.replace(/^f:\d+:\d+: /, ""))).toEqual([
      problem,
    ]);
  });

  it("never quotes a possible secret in the wrong place", () => {
    const said = problems("[{repository: quay.io, username-env: U, password-env: hunter-2}]");
    expect(said).toEqual([`f:1:68: password-env is not a valid environment variable name ${ways}`]);
    expect(problems("[{repository: quay.io, password: hunter-2}]").join()).not.toContain("hunter");
  });
});
