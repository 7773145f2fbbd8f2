import { describe, expect, it } from "vitest";
import { cacheOf, ciOf, configOf, targetOf, variantOf } from "../../test/support/configs.ts";
import { parseRepository } from "../oci/reference.ts";
import { registriesOf } from "./registries.ts";

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
