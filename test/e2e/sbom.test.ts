import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { attestationsOf } from "../support/attestations.ts";
import { layerkeep } from "../support/cli.ts";
import { testEngine } from "../support/engine.ts";
import { at } from "../support/json.ts";
import { createProject, type Project } from "../support/project.ts";
import { engineEnv, smallProject } from "../support/small-build.ts";

const env = engineEnv();
const {
  registries: [registry],
  baseImage,
  buildx,
  env: buildxEnv,
} = testEngine();
let project: Project;
let cache: string;
let generator: string;

beforeEach(() => {
  project = createProject((id) => {
    cache = `${registry}/${id}/cache`;
    generator = `${registry}/${id}/generator:1`;
    return smallProject(`cache: ${cache}\nimport: [{ bake: docker-bake.hcl }]\n`, {
      "docker-bake.hcl": `target "core" {
  attest = ["type=sbom,generator=${generator}", "type=provenance,mode=min,builder-id=https://ci"]
}
group "default" { targets = ["core"] }
`,
      "generator/Dockerfile": `FROM ${baseImage.reference}\nCOPY scan /scan\nENTRYPOINT ["/bin/sh", "/scan"]\n`,
    });
  });
});
afterEach(() => project[Symbol.dispose]());

/** Pushes a generator whose SBOMs have a comment (BuildKit: docs/attestations/sbom-protocol.md). */
function pushGenerator(comment: string): void {
  const statement = {
    _type: "https://in-toto.io/Statement/v0.1",
    predicateType: "https://spdx.dev/Document",
    predicate: { spdxVersion: "SPDX-2.3", comment },
  };
  project.write({
    "generator/scan": `echo '${JSON.stringify(statement)}' > "$BUILDKIT_SCAN_DESTINATION/a.spdx.json"\n`,
  });
  const args = ["build", "--progress=quiet", "--push", `--tag=${generator}`];
  execFileSync(buildx, [...args, join(project.dir, "generator")], {
    env: buildxEnv,
    stdio: "pipe",
  });
}

test("an SBOM is made by the generator that a bake file names, pinned as it is now", async () => {
  for (const comment of ["one", "two"]) {
    pushGenerator(comment);
    const args = ["build", "--write", "--json", "--quiet"];
    const { code, stdout, stderr } = await layerkeep(project, args, { env });
    expect(code, stderr).toBe(0);
    expect(at(stdout, "legs", 0, "outcome")).toBe("built");
    expect(stderr).toContain("not imported: attest type=provenance,builder-id=https://ci");
    const statements = await attestationsOf(cache, "leg-core-amd64");
    expect(statements.filter((text) => text.includes(`"comment":"${comment}"`))).toHaveLength(1);
  }
});
