import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { runImport } from "../../../test/support/migrate/run-import.ts";
import { createProject, type Project } from "../../../test/support/project.ts";
import { version } from "../../version.ts";

let project: Project | undefined;
afterEach(() => project?.[Symbol.dispose]());

const bake = `group "default" { targets = ["api", "debug"] }
target "api" {
  context = "api"
  platforms = ["linux/amd64", "linux/arm64"]
  args = { GO = "1.25" }
  tags = ["ghcr.io/acme/api:latest"]
  cache-to = ["type=registry,ref=ghcr.io/acme/ci-cache:api,mode=max"]
}
target "debug" {
  context = "api"
  target = "debug"
  tags = ["ghcr.io/acme/api:latest-debug", "ghcr.io/acme/api:dbg"]
  annotations = ["index:a=b"]
}
`;

function open(files: Readonly<Record<string, string>>): Project {
  project = createProject(() => ({
    "api/Dockerfile": "FROM scratch AS debug\nARG GO\n",
    ...files,
  }));
  return project;
}

describe("layerkeep import bake", () => {
  it("writes a config that imports the file and publishes the same", async () => {
    const opened = open({ "docker-bake.hcl": bake });
    const { code, out } = await runImport(opened, "bake");
    expect(
      readFileSync(join(opened.dir, "layerkeep.yml"), "utf8"),
    ).toBe(`# yaml-language-server: $schema=https://raw.githubusercontent.com/layerkeep/layerkeep/v${version}/schema/layerkeep.schema.json
# Made by \`layerkeep import bake\` from docker-bake.hcl.

cache: ghcr.io/acme/ci-cache
import:
  - bake: docker-bake.hcl
    targets: [api]
    publish:
      - repository: ghcr.io/acme/{name}
        tags: ["type=raw,value=latest,enable={{is_default_branch}}"]
  - bake: docker-bake.hcl
    targets: [debug]
    publish:
      - repository: ghcr.io/acme/api
        tags:
          - type=raw,value=latest-{name},enable={{is_default_branch}}
          - type=raw,value={name:+dbg},enable={{is_default_branch}}
`);
    expect(out).toContain("2 variants (3 legs), published to ghcr.io/acme/api");
    expect(out).not.toContain("different from before");
    expect(out).toMatch(/docker-bake\.hcl:9:1: .*annotations/);
    expect(code).toBe(1);
  });

  it("writes a valid config also if nothing says where caches could be stored", async () => {
    const text = 'target "default" {\n  context = "api"\n}\n';
    const { code, out } = await runImport(open({ "docker-bake.hcl": text }), "bake", "--stdout");
    expect(out).toContain("bake: docker-bake.hcl, publish: false");
    expect(out).not.toContain("cache:");
    expect(code).toBe(0);
  });

  it.each([
    [{}, [], "no docker-bake.hcl or docker-bake.json found"],
    [{ "docker-bake.hcl": bake }, ["--target", "none"], "none"],
    [{ "docker-bake.hcl": "target {" }, [], "bake rejected the file"],
    [{}, ["missing.hcl"], "cannot read missing.hcl"],
  ])("refuses %j with %j", async (files, flags, message) => {
    const { code, out } = await runImport(open(files), "bake", ...flags);
    expect(code).toBe(2);
    expect(out).toContain(message);
  });
});
