import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { layerkeep } from "../support/cli.ts";
import { testEngine } from "../support/engine.ts";
import { createProject, type Project } from "../support/project.ts";

const { registries, baseImage } = testEngine();
const [host] = registries;
let project: Project;

beforeEach(() => {
  project = createProject(() => ({}));
});
afterEach(() => project[Symbol.dispose]());

describe("layerkeep cache", () => {
  it("tells an image without a cache for what it is", async () => {
    const verified = await layerkeep(project, ["cache", "verify", baseImage.reference]);
    const name = `type=registry,ref=${baseImage.reference}`;
    expect(verified).toMatchObject({
      code: 1,
      stdout: `${name}: 1 problem\n  unreadable: ${name} is no BuildKit cache: it is an index of images without a cache in them\n`,
      stderr: "",
    });
    const inspected = await layerkeep(project, ["cache", "inspect", baseImage.reference]);
    expect(inspected).toMatchObject({ code: 3, stdout: "" });
  });

  it("tells of a tag that is not there", async () => {
    const { code, stderr } = await layerkeep(project, ["cache", "inspect", `${host}/no/cache:x`]);
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: `error: ${host}/no/cache:x: nothing stands there\ntry: see whether the tag is right, and whether a build has written it yet\n`,
    });
  });

  it.each([
    ["type=local,src=nowhere", 2, "is no local cache: it has no index.json"],
    ["type=gha,scope=x", 2, "type=gha,scope=x cannot be looked into: it is of type gha"],
    ["type=registry", 2, '"type=registry" is not a cache to read'],
    ["127.0.0.1:1/acme/cache:x", 3, "127.0.0.1:1/v2/acme/cache/manifests/x"],
  ])("says what is wrong with %s", async (name, code, message) => {
    const result = await layerkeep(project, ["cache", "inspect", name]);
    expect(result.code).toBe(code);
    expect(result.stderr).toContain(message);
  });

  it("tells of a broken layout with exit code 1, and as JSON", async () => {
    project.write({ "index.json": "{" });
    const { code, stdout } = await layerkeep(project, [
      "cache",
      "verify",
      "type=local,src=.",
      "--json",
    ]);
    expect({ code, told: JSON.parse(stdout) as unknown }).toEqual({
      code: 1,
      told: {
        caches: [
          {
            name: `type=local,src=${project.dir}`,
            blobs: 0,
            read: 0,
            problems: [
              { kind: "unreadable", message: "not an image manifest or index: it is not JSON" },
            ],
          },
        ],
      },
    });
  });
});
