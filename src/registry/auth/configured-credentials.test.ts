import { describe, expect, it } from "vitest";
import { parseRepository } from "../../oci/reference.ts";
import {
  configuredCredentials,
  type CredentialRule,
  type UntrustedCredentials,
} from "./configured-credentials.ts";
import type { Credential } from "./docker-config.ts";

const docker: Credential = { kind: "basic", username: "docker", password: "login" };
const token = (repository: string, name: string): CredentialRule => ({
  repository,
  variables: { kind: "bearer", token: name },
});

function find(
  repository: string,
  rules: readonly CredentialRule[],
  env: NodeJS.ProcessEnv,
  untrusted?: UntrustedCredentials,
) {
  const otherwise = () => Promise.resolve(docker);
  return configuredCredentials({ rules, env, untrusted, otherwise })(parseRepository(repository));
}

describe("configured credentials", () => {
  const rules = [
    token("quay.io", "HOST"),
    token("quay.io/acme/*", "BELOW"),
    token("quay.io/acme/tools/*", "DEEPER"),
    token("quay.io/acme/app", "ONE"),
  ];
  const env = { HOST: "host", BELOW: "below", DEEPER: "deeper", ONE: "one" };

  it.each([
    ["quay.io/other/app", "host"],
    ["quay.io/acmeplus/app", "host"],
    ["quay.io/acme/web", "below"],
    ["quay.io/acme/app/sub", "below"],
    ["quay.io/acme/tools/lint/er", "deeper"],
    ["quay.io/acme/app", "one"],
  ])("for %s come from the narrowest rule", async (repository, value) => {
    expect(await find(repository, rules, env)).toEqual({ kind: "bearer", token: value });
    expect(await find(repository, [...rules].reverse(), env)).toEqual({
      kind: "bearer",
      token: value,
    });
  });

  it("come from Docker's files if no rule matches", async () => {
    expect(await find("quay.io.evil.example/acme/app", rules, env)).toEqual(docker);
    expect(await find("ghcr.io/acme/app", rules, env)).toEqual(docker);
  });

  it("have the kind that the rule names", async () => {
    const basic = { kind: "basic", username: "U", password: "P" } as const;
    const identity = { kind: "identity", token: "T" } as const;
    const values = { U: "user", P: "pass", T: "refresh" };
    expect(await find("r.io/a", [{ repository: "r.io", variables: basic }], values)).toEqual({
      kind: "basic",
      username: "user",
      password: "pass",
    });
    expect(await find("r.io/a", [{ repository: "r.io", variables: identity }], values)).toEqual({
      kind: "identity",
      token: "refresh",
    });
  });

  it("are an error that names the variables, if those are not set when needed", async () => {
    const variables = { kind: "basic", username: "U", password: "P" } as const;
    const needed = find("r.io/a", [{ repository: "r.io", variables }], { P: "" });
    await expect(needed).rejects.toMatchObject({
      code: "usage",
      problems: [
        { message: "U is unset or empty: it must contain the credentials for r.io" },
        { message: "P is unset or empty: it must contain the credentials for r.io" },
      ],
      hint: "set it in this run's environment, or remove the entry from credentials",
    });
    expect(await find("x.io/a", [{ repository: "r.io", variables }], {})).toEqual(docker);
  });
});

describe("configured credentials of an untrusted run", () => {
  const heldBack: string[] = [];
  const untrusted = (
    hosts: readonly string[],
    outside: Awaited<ReturnType<UntrustedCredentials["outside"]>> = { rules: [] },
  ): UntrustedCredentials => {
    heldBack.splice(0);
    return {
      hosts,
      outside: () => Promise.resolve(outside),
      onHeldBack: (message) => void heldBack.push(message),
    };
  };
  const values = { AWS_SECRET: "s", LAYERKEEP_T: "t" };
  const rules = [token("r.io", "LAYERKEEP_T")];
  const sent = { kind: "bearer", token: "t" };

  it("are anonymous if it has none", async () => {
    for (const LAYERKEEP_T of ["", undefined]) {
      expect(await find("r.io/a", rules, { LAYERKEEP_T }, untrusted(["r.io"]))).toBeUndefined();
    }
    expect(heldBack).toEqual([]);
  });

  it("come only from the variables that are named for it", async () => {
    const secret = [token("r.io", "AWS_SECRET")];
    expect(await find("r.io/a", secret, values, untrusted(["r.io"]))).toBeUndefined();
    expect(await find("r.io/a", rules, values, untrusted(["r.io"]))).toEqual(sent);
  });

  it("are sent to a host that the default branch's config names with the same variables", async () => {
    const others = { rules: [token("r.io/acme/*", "LAYERKEEP_T")] };
    expect(await find("r.io/a", rules, values, untrusted([], others))).toEqual(sent);
    const another = { rules: [token("r.io", "LAYERKEEP_OTHER"), token("s.io", "LAYERKEEP_T")] };
    expect(await find("r.io/a", rules, values, untrusted([], another))).toBeUndefined();
    expect(heldBack).toEqual([
      "not sending the configured credentials to r.io: this run is untrusted, and so is its config; the default branch's config does not name the same variables for r.io; to allow it, set LAYERKEEP_CREDENTIAL_HOSTS=r.io in the job's environment",
    ]);
  });

  it("are withheld if no outside source is available, with one message for each host", async () => {
    const held = untrusted(["quay.io", "r.io.example"], { problem: "origin does not answer" });
    const source = configuredCredentials({
      rules,
      env: values,
      untrusted: held,
      otherwise: () => Promise.resolve(docker),
    });
    expect(await source(parseRepository("r.io/a"))).toBeUndefined();
    expect(await source(parseRepository("r.io/b"))).toBeUndefined();
    expect(heldBack).toEqual([
      "not sending the configured credentials to r.io: this run is untrusted, and so is its config; the default branch's config could not be read (origin does not answer); to allow it, set LAYERKEEP_CREDENTIAL_HOSTS=r.io in the job's environment",
    ]);
  });
});
