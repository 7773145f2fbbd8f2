import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import type { Access, Registry } from "../registries.ts";
import { loginScript } from "./logins.ts";

const own: Registry = {
  host: "registry.gitlab.com",
  written: true,
  login: undefined,
  read: undefined,
};
const quay: Registry = {
  host: "quay.io",
  written: true,
  login: { username: "QUAY_USERNAME", password: "QUAY_PASSWORD" },
  read: { username: "QUAY_READER", password: "QUAY_READER_PASSWORD" },
};
const lan: Registry = {
  host: "registry.lan",
  written: true,
  login: { username: "REGISTRY_LAN_USERNAME", password: "REGISTRY_LAN_PASSWORD" },
  read: undefined,
};

const token = { CI_REGISTRY_USER: "token", CI_REGISTRY_PASSWORD: "t0ken" };
const writer = { QUAY_USERNAME: "writer", QUAY_PASSWORD: "it's $HOME" };
const reader = { QUAY_READER: "reader", QUAY_READER_PASSWORD: "r" };

/** Runs the script in a shell whose `docker` prints its arguments and its input. */
function run(registries: readonly Registry[], access: Access, env: NodeJS.ProcessEnv) {
  const docker = 'docker() { printf "%s <" "$*"; cat; echo ">"; }';
  const script = `set -eu\n${docker}\n${loginScript(registries, access) ?? ""}`;
  const { status, stdout, stderr } = spawnSync("sh", ["-c", script], {
    env: { PATH: "/usr/bin:/bin", ...env },
    encoding: "utf8",
  });
  return { status, logins: stdout.split("\n").filter((line) => line !== ""), stderr };
}

describe("a trusted job", () => {
  it("logs in to write, and to the instance's own registry with the job's token", () => {
    const env = { CI_REGISTRY: "registry.gitlab.com", ...token, ...writer, ...reader };
    expect(run([quay, own], "write", env)).toEqual({
      status: 0,
      logins: [
        "login --username writer --password-stdin quay.io <it's $HOME>",
        "login --username token --password-stdin registry.gitlab.com <t0ken>",
      ],
      stderr: "",
    });
  });

  it("reads with the login for reading, if there is one", () => {
    expect(run([quay], "read", { ...writer, ...reader }).logins).toEqual([
      "login --username reader --password-stdin quay.io <r>",
    ]);
  });

  it("uses the job's token for the registry of a GitLab of one's own", () => {
    expect(run([lan], "write", { CI_REGISTRY: "registry.lan", ...token }).logins).toEqual([
      "login --username token --password-stdin registry.lan <t0ken>",
    ]);
  });

  it.each([
    ["quay.io", quay, "QUAY_USERNAME and QUAY_PASSWORD"],
    ["registry.lan", lan, "REGISTRY_LAN_USERNAME and REGISTRY_LAN_PASSWORD"],
    ["registry.gitlab.com", own, "CI_REGISTRY_USER and CI_REGISTRY_PASSWORD"],
  ])("fails if the variables for %s are not set", (host, registry, names) => {
    const { status, logins, stderr } = run([registry], "write", { CI_REGISTRY: "other.example" });
    expect({ status, logins }).toEqual({ status: 1, logins: [] });
    expect(stderr).toContain(`error: no login for ${host}: the variables ${names} are not set`);
  });
});

describe("a job of a merge request", () => {
  it("never uses the login that writes", () => {
    const env = { CI_REGISTRY: "registry.gitlab.com", ...token, ...writer, ...reader };
    expect(run([quay, lan, own], "untrusted", env)).toEqual({
      status: 0,
      logins: [
        "login --username reader --password-stdin quay.io <r>",
        "login --username token --password-stdin registry.gitlab.com <t0ken>",
      ],
      stderr: "no login for registry.lan, so it is read anonymously\n",
    });
  });

  it("asks anonymously if it has no variables, as in a fork", () => {
    expect(run([quay], "untrusted", writer)).toEqual({
      status: 0,
      logins: [],
      stderr:
        "no login for quay.io, so it is read anonymously: the variables QUAY_READER and QUAY_READER_PASSWORD are not set\n",
    });
  });
});

it("there is no script without registries", () => {
  expect(loginScript([], "write")).toBeUndefined();
});
