import { expect, it } from "vitest";
import { buildxEnvironment, secretVariables } from "./environment.ts";

it("passes what finds the engine and its credentials, and nothing that affects a build", () => {
  const kept = {
    PATH: "/bin",
    DOCKER_HOST: "unix:///x",
    DOCKER_CONFIG: "/c",
    BUILDX_BUILDER: "ci",
    SSH_AUTH_SOCK: "/s",
    AWS_PROFILE: "p",
    ACTIONS_RUNTIME_TOKEN: "t",
    https_proxy: "http://p",
  };
  const held = {
    SOURCE_DATE_EPOCH: "1",
    BUILDX_GIT_LABELS: "full",
    BUILDX_GIT_INFO: "false",
    BUILDX_NO_DEFAULT_ATTESTATIONS: "1",
    BUILDX_METADATA_WARNINGS: "1",
    EXPERIMENTAL_BUILDKIT_SOURCE_POLICY: "p.json",
    BUILDKIT_SYNTAX: "x",
    DOCKER_DEFAULT_PLATFORM: "linux/arm64",
    NPM_TOKEN: "secret",
  };
  expect(buildxEnvironment({ ...kept, ...held })).toEqual(kept);
});

it.each([
  [["id=npm,env=NPM_TOKEN"], { NPM_TOKEN: "1" }],
  [["id=NPM_TOKEN"], { NPM_TOKEN: "1" }],
  [["id=NPM_TOKEN,src=token.txt"], {}],
  [["type=file,id=x,source=NPM_TOKEN"], {}],
  [["id=other"], {}],
  [['id=NPM_TOKEN,"src=a,b"'], {}],
  [["ID=npm,ENV=NPM_TOKEN"], { NPM_TOKEN: "1" }],
])("passes the variables that secrets are read from: %j", (secrets, expected) => {
  expect(secretVariables(secrets, { NPM_TOKEN: "1", SOURCE_DATE_EPOCH: "2" })).toEqual(expected);
});
