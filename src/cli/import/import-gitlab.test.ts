import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { runImport } from "../../../test/support/migrate/run-import.ts";
import { createProject, type Project } from "../../../test/support/project.ts";

let project: Project | undefined;
afterEach(() => project?.[Symbol.dispose]());

const pipeline = `build:
  script:
    - docker build -t $CI_REGISTRY_IMAGE:latest .
    - docker push $CI_REGISTRY_IMAGE:latest
  rules: [{if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH}]
`;

function open(remote: string): Project {
  project = createProject(() => ({ ".gitlab-ci.yml": pipeline, Dockerfile: "FROM scratch\n" }));
  project.git("remote", "add", "origin", remote);
  return project;
}

describe("layerkeep import gitlab", () => {
  it("writes the config of a project on gitlab.com", async () => {
    const opened = open("https://gitlab.com/acme/tools/app.git");
    const { code, out, err } = await runImport(opened, "gitlab");
    expect(code).toBe(0);
    expect(out).toContain("\nwrote layerkeep.yml\n");
    expect(err).toContain(
      "\nnext: run `layerkeep plan`, then `layerkeep ci gitlab` to generate the new pipeline",
    );
    expect(readFileSync(join(opened.dir, "layerkeep.yml"), "utf8")).toContain(
      "cache: registry.gitlab.com/acme/tools/app/cache\npublish:\n  repository: registry.gitlab.com/acme/tools/app\n",
    );
  });

  it("needs the registry of a project on another host", async () => {
    const opened = open("https://git.example.com/acme/app.git");
    const { code, out } = await runImport(opened, "gitlab", "--dry-run");
    expect(code).toBe(1);
    expect(out).toContain("the repository depends on `$CI_REGISTRY_IMAGE`");
    const value = "CI_REGISTRY_IMAGE=registry.example.com/acme/app";
    const given = await runImport(opened, "gitlab", "--dry-run", "--value", value);
    expect(given).toMatchObject({ code: 0 });
    expect(given.out).toContain("published to registry.example.com/acme/app");
  });

  it("refuses a file that does not exist", async () => {
    const opened = open("https://gitlab.com/acme/app.git");
    expect(await runImport(opened, "gitlab", "other.yml")).toMatchObject({
      code: 2,
      out: expect.stringContaining("cannot read other.yml") as unknown,
    });
  });
});
