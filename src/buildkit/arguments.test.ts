import { expect, test } from "vitest";
import { buildRequest, engineInputs as inputs } from "../../test/support/plans.ts";
import {
  type BuildRequest,
  buildArguments,
  cacheAttributes,
  formatAttributes,
  hasIndex,
} from "./arguments.ts";

const request: BuildRequest = {
  ...buildRequest,
  output: { type: "image", name: "host/app:leg", insecure: false, annotations: {} },
};

test("a plain leg", () => {
  expect(buildArguments(request)).toEqual([
    "build",
    "--progress=rawjson",
    "--metadata-file=/tmp/metadata.json",
    "--platform=linux/amd64",
    "--file=/laid-out/Dockerfile",
    "--provenance=mode=max",
    "--sbom=false",
    "--output=type=image,name=host/app:leg,push=true,store=false,oci-mediatypes=true",
    "/laid-out/context",
  ]);
});

test("a leg with every option", () => {
  const all: BuildRequest = {
    ...request,
    builder: "ci",
    noCache: true,
    inputs: {
      ...inputs,
      dockerfile: "/a/Dockerfile",
      context: "/a",
      target: "final",
      args: { A: "1", B: "x=y z" },
      labels: { l: "1" },
      contexts: { base: "docker-image://b@sha256:0", lib: "/lib" },
      secrets: ["id=token,env=TOKEN"],
      ssh: ["default"],
      network: "none",
      shmSize: "64m",
      ulimits: ["nofile=1:2"],
      allow: ["network.host"],
      addHosts: ["a:1.2.3.4"],
      sbomGenerator: "scanner:1@sha256:0",
    },
    cacheFrom: [
      { type: "registry", attributes: { ref: "host/cache:a" } },
      { type: "local", attributes: { src: ".cache/a" } },
    ],
    cacheTo: [{ type: "local", attributes: { dest: "/abs/a", mode: "max" } }],
    output: {
      type: "image",
      name: "localhost:5000/app:leg",
      insecure: true,
      annotations: { "org.layerkeep.input": "sha256:1", note: 'a,"b"' },
    },
  };
  expect(buildArguments(all)).toEqual([
    "build",
    "--builder",
    "ci",
    "--progress=rawjson",
    "--metadata-file=/tmp/metadata.json",
    "--platform=linux/amd64",
    "--file=/a/Dockerfile",
    "--target=final",
    "--build-arg=A=1",
    "--build-arg=B=x=y z",
    "--label=l=1",
    "--build-context=base=docker-image://b@sha256:0",
    "--build-context=lib=/lib",
    "--secret=id=token,env=TOKEN",
    "--ssh=default",
    "--network=none",
    "--shm-size=64m",
    "--ulimit=nofile=1:2",
    "--allow=network.host",
    "--add-host=a:1.2.3.4",
    "--no-cache",
    "--provenance=mode=max",
    "--sbom=generator=scanner:1@sha256:0",
    "--cache-from=type=registry,ref=host/cache:a",
    "--cache-from=type=local,src=/repo/.cache/a",
    "--cache-to=type=local,dest=/abs/a,mode=max",
    '--output=type=image,name=localhost:5000/app:leg,push=true,store=false,oci-mediatypes=true,registry.insecure=true,annotation-index.org.layerkeep.input=sha256:1,"annotation-index.note=a,""b"""',
    "/a",
  ]);
});

test("a result that is not kept gets no attestation", () => {
  const checked = buildArguments({
    ...request,
    inputs: { ...inputs, sbomGenerator: "scanner:1" },
    output: { type: "cacheonly" },
  });
  expect(checked).toEqual([
    "build",
    "--progress=rawjson",
    "--metadata-file=/tmp/metadata.json",
    "--platform=linux/amd64",
    "--file=/laid-out/Dockerfile",
    "--provenance=false",
    "--sbom=false",
    "--output=type=cacheonly",
    "/laid-out/context",
  ]);
});

test("without attestations the annotations are set on the manifest, because there is no index", () => {
  const bare: BuildRequest = {
    ...request,
    inputs: { ...inputs, provenance: "false" },
    output: { type: "image", name: "h/a:b", insecure: false, annotations: { k: "v" } },
  };
  expect(buildArguments(bare)).toContain(
    "--output=type=image,name=h/a:b,push=true,store=false,oci-mediatypes=true,annotation.k=v",
  );
  expect(buildArguments(bare)).toContain("--provenance=false");
  expect([
    hasIndex(bare.inputs),
    hasIndex({ ...bare.inputs, sbomGenerator: "scanner:1" }),
    hasIndex(inputs),
  ]).toEqual([false, true, true]);
});

test("an attribute of a cache does not replace its type", () => {
  const attributes = { ref: "host/cache:a", type: "local", dest: "/abs" };
  expect(cacheAttributes("/repo", { type: "registry", attributes })).toBe(
    "type=registry,ref=host/cache:a,dest=/abs",
  );
});

test("quotes attributes with commas and quotes as CSV fields", () => {
  expect(formatAttributes({ a: "1", b: "x,y", c: 'say "hi"' })).toBe('a=1,"b=x,y","c=say ""hi"""');
});
