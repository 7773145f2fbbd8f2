import { describe, expect, it } from "vitest";
import { engineInputs } from "../../test/support/plans.ts";
import type { BuildRequest, LinkedTarget } from "./arguments.ts";
import { bakeArguments, bakeDefinition, withoutTargetNames } from "./linked-targets.ts";

const base: LinkedTarget = {
  name: "base--linux--amd64",
  leg: "base/linux/amd64",
  inputs: { ...engineInputs, context: "/laid-out/base", ssh: ["default"], allow: ["network.host"] },
  platform: "linux/amd64",
  cacheFrom: [{ type: "local", attributes: { src: "cache" } }],
  noCache: false,
};

const request: BuildRequest = {
  inputs: {
    ...engineInputs,
    target: "out",
    args: { A: "1" },
    labels: { l: "x" },
    contexts: { base: "target:base--linux--amd64", lib: "docker-image://h/r@sha256:1" },
    secrets: ["id=token,env=TOKEN"],
    network: "none",
    shmSize: "64m",
    ulimits: ["nofile=1024"],
    allow: ["security.insecure", "network.host"],
    addHosts: ["db:10.0.0.7", "db:10.0.0.8", "six=::1", "four:[::2]"],
  },
  linked: [base],
  platform: "linux/arm64",
  root: "/root",
  renamed: new Map(),
  env: {},
  builder: "arm",
  cacheFrom: [{ type: "registry", attributes: { ref: "h/c:1" } }],
  cacheTo: [{ type: "registry", attributes: { ref: "h/c:1", mode: "max" } }],
  output: { type: "cacheonly" },
  metadataFile: "/m.json",
  noCache: true,
};

const noAttestations = ["type=provenance,disabled=true", "type=sbom,disabled=true"];

describe("a build whose contexts are other targets", () => {
  it("is one of bake's, which exports only the target that is asked for", () => {
    expect(JSON.parse(bakeDefinition(request))).toEqual({
      target: {
        "base--linux--amd64": {
          context: "/laid-out/base",
          dockerfile: "/laid-out/Dockerfile",
          platforms: ["linux/amd64"],
          args: {},
          labels: {},
          contexts: {},
          secret: [],
          ssh: ["default"],
          ulimits: [],
          entitlements: ["network.host"],
          "extra-hosts": {},
          attest: noAttestations,
          "cache-from": ["type=local,src=/root/cache"],
          "no-cache": false,
          output: ["type=cacheonly"],
        },
        leg: {
          context: "/laid-out/context",
          dockerfile: "/laid-out/Dockerfile",
          target: "out",
          platforms: ["linux/arm64"],
          args: { A: "1" },
          labels: { l: "x" },
          contexts: { base: "target:base--linux--amd64", lib: "docker-image://h/r@sha256:1" },
          secret: ["id=token,env=TOKEN"],
          ssh: [],
          network: "none",
          "shm-size": "64m",
          ulimits: ["nofile=1024"],
          entitlements: ["security.insecure", "network.host"],
          "extra-hosts": { db: "10.0.0.7,10.0.0.8", six: "::1", four: "[::2]" },
          attest: noAttestations,
          "cache-from": ["type=registry,ref=h/c:1"],
          "no-cache": true,
          "cache-to": ["type=registry,ref=h/c:1,mode=max"],
          output: ["type=cacheonly"],
        },
      },
    });
  });

  it("has no text that bake takes for an expression", () => {
    const args = { A: "${B} $${C} %{if} $D %E {}" };
    const text = bakeDefinition({ ...request, inputs: { ...request.inputs, args } });
    expect(JSON.parse(text)).toMatchObject({
      target: { leg: { args: { A: "$${B} $$${C} %%{if} $D %E {}" } } },
    });
  });

  it("allows what any of its targets needs, each once", () => {
    expect(bakeArguments(request, "/d.json")).toEqual([
      ...["bake", "--builder", "arm", "--progress=rawjson", "--metadata-file=/m.json"],
      ...["--file=/d.json", "--allow=security.insecure", "--allow=network.host", "--allow=ssh"],
      "leg",
    ]);
    const alone = { ...request, builder: undefined, linked: [] };
    expect(bakeArguments(alone, "/d.json")).not.toContain("--builder");
    expect(bakeArguments(alone, "/d.json")).not.toContain("--allow=ssh");
  });

  it("names the steps of other legs by their legs, and its own as a build of one target does", () => {
    const line = (name: string): string => `{"name":"${name}","inputs":["[leg "]}`;
    const shown = (name: string, of = request): unknown =>
      (JSON.parse(withoutTargetNames(line(name), of)) as { name: string }).name;
    expect(shown("[leg 2/3] RUN echo '[leg 2/3]'")).toBe("[2/3] RUN echo '[leg 2/3]'");
    expect(shown("[base--linux--amd64 stage-0 1/2] COPY a /")).toBe(
      "[base/linux/amd64 stage-0 1/2] COPY a /",
    );
    expect(shown("[leg internal] load build definition")).toBe("[internal] load build definition");
    expect(shown("[leg] exporting cache")).toBe("exporting cache");
    expect(shown("[other 1/2] RUN x")).toBe("[other 1/2] RUN x");
    expect(shown("[leg 2/3] RUN x", { ...request, linked: [] })).toBe("[leg 2/3] RUN x");
  });
});
