import { afterEach, beforeEach, expect, test } from "vitest";
import { parseRepository } from "../../src/oci/reference.ts";
import { layerkeep } from "../support/cli.ts";
import { testEngine } from "../support/engine.ts";
import { githubEnv } from "../support/github.ts";
import { at } from "../support/json.ts";
import { createProject, type Project } from "../support/project.ts";
import { testClient } from "../support/repository-state.ts";
import { engineEnv, smallProject } from "../support/small-build.ts";

const {
  registries: [registry, second],
  baseImage,
} = testEngine();
let project: Project;

const config = (id: string): string => `cache: ${registry}/${id}/cache
publish: { repository: "${second}/${id}/app", tags: ["type=raw,value=1"] }
runners: { linux/amd64: ubuntu-24.04 }
defaults:
  provenance: "false"
  args: { MIRROR: everywhere }
  runner-args: { "ubuntu-*": { MIRROR: hosted } }
variants:
  hosted:
  own: { runners: { linux/amd64: self-hosted }, args: { UNKNOWN: "1" } }
  both: { runner-args: { "ubuntu-24.*": { MIRROR: newest } }, args: { OTHER: "1" } }
`;

beforeEach(() => {
  project = createProject((id) =>
    smallProject(config(id), {
      Dockerfile: `FROM ${baseImage.reference}\nARG MIRROR\nLABEL mirror=$MIRROR\nRUN echo ${id} $MIRROR > /mirror\n`,
    }),
  );
});

afterEach(() => project[Symbol.dispose]());

const run = (...args: string[]) =>
  layerkeep(project, [...args, "--json", "--quiet"], {
    env: { ...engineEnv(), ...githubEnv(project, { event: "push", ref: "refs/heads/main" }) },
  });

/** The label that the Dockerfile sets to the argument, in a staged image's config. */
async function mirrorOf(variant: string): Promise<unknown> {
  await using client = testClient();
  const repository = parseRepository(`${registry}/${project.id}/cache`);
  const found = await client.getManifest({ ...repository, tag: `leg-${variant}-amd64` });
  if (found?.manifest.kind !== "manifest") throw new Error(`${variant} is not an image`);
  const image = await client.readBlob(repository, found.manifest.content.config, 1 << 20);
  return at(image.toString(), "config", "Labels", "mirror");
}

const unknown = "own: Dockerfile does not declare the argument UNKNOWN";
const other = "both: Dockerfile does not declare the argument OTHER";

test("a build gets the arguments of its leg's runner, which override the variant's", async () => {
  expect(await run("build")).toMatchObject({ code: 0 });
  expect(await Promise.all(["hosted", "own", "both"].map(mirrorOf))).toEqual([
    "hosted",
    "everywhere",
    "newest",
  ]);
});

test("the results of build, up and publish have the warnings about what was chosen", async () => {
  const one = await run("build", "own");
  expect(at(one.stdout, "warnings")).toEqual([unknown]);
  expect(one.stderr).toBe(`warning: ${unknown}\n`);
  const up = await run("up");
  expect(at(up.stdout, "published")).toHaveLength(3);
  expect(at(up.stdout, "warnings")).toEqual([unknown, other]);
  expect(at((await run("publish")).stdout, "warnings")).toEqual([unknown, other]);
  expect(at((await run("publish", "both")).stdout, "warnings")).toEqual([other]);
  expect(at((await run("publish", "hosted")).stdout, "warnings")).toEqual([]);
});
