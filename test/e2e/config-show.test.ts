import { afterEach, beforeEach, expect, test } from "vitest";
import { layerkeep } from "../support/cli.ts";
import { at } from "../support/json.ts";
import { createProject, type Project } from "../support/project.ts";

let project: Project;

beforeEach(() => {
  project = createProject(() => ({
    "layerkeep.yml": `vars: { TAG: "1.10", TOKEN: abc }
cache: ghcr.io/acme/cache
publish: ghcr.io/acme/app
defaults:
  platforms: [linux/amd64, linux/arm64]
  args: { A: x, GO: "\${TAG}" }
variants:
  api: { args: { GO: "1.2", NPM_TOKEN: "\${TOKEN}" } }
  gpu:
    matrix: { cuda: [12, 13] }
    args: { CUDA: "{cuda}" }
    publish: { repository: ghcr.io/acme/gpu, tags: [latest] }
import:
  - { matrix: m.yml, name: "{n}", args: { Z: "{z}" } }
`,
    "m.yml": "include:\n  - { n: one, z: 3 }\n",
    Dockerfile: "FROM scratch\n",
  }));
});
afterEach(() => project[Symbol.dispose]());

const run = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  layerkeep(project, ["config", "show", ...args], { env });

test("prints a variant after defaults, with where each value comes from", async () => {
  const { code, stdout } = await run(["api", "gpu-13", "one", "--origins"]);
  expect(code).toBe(0);
  expect(stdout).toBe(`variants:
  api:
    context: . # default
    dockerfile: Dockerfile # default
    platforms:
      - linux/amd64 # defaults, layerkeep.yml:5
      - linux/arm64 # defaults, layerkeep.yml:5
    args:
      A: x # defaults, layerkeep.yml:6
      GO: "1.2" # layerkeep.yml:8
      NPM_TOKEN: "***" # layerkeep.yml:8 (\${TOKEN} from layerkeep.yml:1)
    sbom: false # default
    provenance: auto # default
    suffix: -api # default
    publish:
      - repository: ghcr.io/acme/app # layerkeep.yml:3
        tags:
          - type=schedule,pattern=nightly # default
          - type=ref,event=branch # default
          - type=ref,event=tag # default
          - type=ref,event=pr # default
  gpu-13:
    context: . # default
    dockerfile: Dockerfile # default
    platforms:
      - linux/amd64 # defaults, layerkeep.yml:5
      - linux/arm64 # defaults, layerkeep.yml:5
    args:
      A: x # defaults, layerkeep.yml:6
      GO: "1.10" # defaults, layerkeep.yml:6 (\${TAG} from layerkeep.yml:1)
      CUDA: "13" # layerkeep.yml:11
    sbom: false # default
    provenance: auto # default
    suffix: -gpu-13 # default
    publish:
      - repository: ghcr.io/acme/gpu # layerkeep.yml:12
        tags:
          - type=raw,value=latest # layerkeep.yml:12
  one:
    context: . # default
    dockerfile: Dockerfile # default
    platforms:
      - linux/amd64 # defaults, layerkeep.yml:5
      - linux/arm64 # defaults, layerkeep.yml:5
    args:
      A: x # defaults, layerkeep.yml:6
      GO: "1.10" # defaults, layerkeep.yml:6 (\${TAG} from layerkeep.yml:1)
      Z: "3" # layerkeep.yml:14
    sbom: false # default
    provenance: auto # default
    suffix: -one # default
    publish:
      - repository: ghcr.io/acme/app # layerkeep.yml:3
        tags:
          - type=schedule,pattern=nightly # default
          - type=ref,event=branch # default
          - type=ref,event=tag # default
          - type=ref,event=pr # default
`);
});

test("names the flag and the variable that a value comes from", async () => {
  const flag = await run(["api", "--origins", "--var", "TOKEN=secret-value"]);
  expect(flag.stdout).toContain(`NPM_TOKEN: "***" # layerkeep.yml:8 (\${TOKEN} from --var)`);
  expect(flag.stdout).not.toContain("secret-value");
  const env = await run(["gpu-12", "--origins"], { LAYERKEEP_VAR_TAG: "2.0" });
  expect(env.stdout).toContain(
    `GO: "2.0" # defaults, layerkeep.yml:6 (\${TAG} from LAYERKEEP_VAR_TAG)`,
  );
});

test("prints the whole config, and the same as JSON", async () => {
  const { stdout } = await run([]);
  expect(stdout).toMatch(/^cache:\n {2}repository: ghcr\.io\/acme\/cache\n {2}type: registry\n/);
  expect(stdout).toContain("  retention:\n    grace: 1 day\nlogs: true\n");
  const json = await run(["--json", "--origins"]);
  expect(at(json.stdout, "origins", "cache.retention.grace")).toBe("default");
  expect(at(json.stdout, "variants", "gpu-12", "args", "CUDA")).toBe("12");
  expect(at(json.stdout, "origins", "cache.type")).toBe("default");
  expect(at(json.stdout, "origins", "cache.repository")).toBe("layerkeep.yml:2");
});

test("knows which variant was meant", async () => {
  const { code, stdout, stderr } = await run(["ap"]);
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toContain('the config has no variant "ap" (did you mean "api"?)');
});
