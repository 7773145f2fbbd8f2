import { describe, expect, it } from "vitest";
import { cacheOf, ciOf, configOf, targetOf, variantOf } from "../../test/support/configs.ts";
import { parseRepository } from "../oci/reference.ts";
import { countJobs } from "./count-jobs.ts";
import { registriesOf } from "./registries.ts";
import { defaultRunners } from "./runners.ts";
import { readUntrusted, secretVariablesOf } from "./secret-variables.ts";

describe("the jobs of a config", () => {
  it("have one level if no variant is built on another", () => {
    const platforms = ["linux/amd64", "linux/arm64"];
    const variants = [variantOf("a", { platforms }), variantOf("b")];
    expect(countJobs(configOf({ variants }))).toMatchObject({ legs: 3, levels: 1 });
    expect(countJobs(configOf({ variants: [] }))).toMatchObject({ legs: 0, levels: 1 });
  });

  it("have as many levels as the longest chain has variants", () => {
    const variants = [
      variantOf("app", { contexts: { lib: "variant:lib", files: "./files" } }),
      variantOf("base"),
      variantOf("lib", { contexts: { base: "variant:base/linux/amd64" } }),
    ];
    expect(countJobs(configOf({ variants })).levels).toBe(3);
  });
});

describe("the registries of a config", () => {
  it("are those that it writes to, with secrets named after their hosts", () => {
    const publish = ["docker.io/acme/app", "registry.lan:5000/app", "ghcr.io/acme/app"];
    const variants = [variantOf("app", { publish: publish.map((to) => targetOf(to)) })];
    expect(registriesOf(configOf({ variants }), "ghcr.io")).toEqual([
      {
        host: "docker.io",
        written: true,
        login: { username: "DOCKERHUB_USERNAME", password: "DOCKERHUB_TOKEN" },
        read: undefined,
      },
      { host: "ghcr.io", written: true, login: undefined, read: undefined },
      {
        host: "registry.lan:5000",
        written: true,
        login: { username: "REGISTRY_LAN_5000_USERNAME", password: "REGISTRY_LAN_5000_PASSWORD" },
        read: undefined,
      },
    ]);
  });

  it("are those of ci.logins, too", () => {
    const login = { username: "A", password: "B", read: { username: "C", password: "D" } };
    const logins = { "ghcr.io": { ...login, read: undefined }, "quay.io": login };
    expect(registriesOf(configOf({ ci: ciOf({ logins }) }), "ghcr.io")).toMatchObject([
      { host: "ghcr.io", written: true, login: { username: "A" }, read: undefined },
      { host: "quay.io", written: false, login: { username: "A" }, read: { username: "C" } },
    ]);
  });

  it("need no login on this machine", () => {
    const cache = cacheOf({ repository: parseRepository("127.0.0.1:5000/cache") });
    expect(registriesOf(configOf({ cache }), "ghcr.io")).toEqual([]);
  });

  it.each([
    ["github.example.com", "_GITHUB_EXAMPLE_COM_USERNAME"],
    ["10.0.0.7:5000", "_10_0_0_7_5000_USERNAME"],
  ])("of %s have a name that GitHub takes", (host, username) => {
    const cache = cacheOf({ repository: parseRepository(`${host}/cache`) });
    expect(registriesOf(configOf({ cache }), "ghcr.io")).toMatchObject([{ login: { username } }]);
  });

  it("may not share a secret's name", () => {
    const publish = ["a-b.example/x", "a.b.example/x"].map((to) => targetOf(to));
    const config = configOf({ variants: [variantOf("app", { publish })] });
    expect(() => registriesOf(config, "ghcr.io")).toThrow(
      "a-b.example and a.b.example would share the secret A_B_EXAMPLE_USERNAME",
    );
  });
});

it("the default runners are for the platforms without one of their own", () => {
  const platforms = ["linux/amd64", "linux/arm64", "linux/riscv64"];
  const runners = { "linux/amd64": "big" };
  const variants = [variantOf("a", { platforms, runners }), variantOf("b", { platforms })];
  const native = { "linux/amd64": "x64", "linux/arm64": "arm" };
  const found = defaultRunners(
    configOf({ variants, runners: { "linux/arm64": "own" } }),
    native,
    "x64",
  );
  expect([...found.byPlatform]).toEqual([
    ["linux/amd64", "x64"],
    ["linux/riscv64", "x64"],
  ]);
  expect(found.emulated).toEqual(["linux/riscv64"]);
});

it("secrets are in the variables that credentials, variants and the cache name", () => {
  const secrets = ["id=npm,env=NPM_TOKEN", "id=PLAIN", "id=key,src=key.pem"];
  const variables = { kind: "basic", username: "LAYERKEEP_USER", password: "SECRET" } as const;
  const config = configOf({
    credentials: [{ repository: "quay.io", variables }],
    variants: [variantOf("app", { secrets })],
    cache: cacheOf({ type: "s3" }),
  });
  const found = secretVariablesOf(config);
  expect(found).toEqual({
    registries: ["LAYERKEEP_USER", "SECRET"],
    builds: ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "NPM_TOKEN", "PLAIN"],
  });
  expect(readUntrusted(found.registries)).toEqual(["LAYERKEEP_USER"]);
});
