import { describe, expect, it } from "vitest";
import { migrateGitlabFiles, placed } from "../../../test/support/migrate/fixture.ts";

const path = ".gitlab-ci.yml";
const pipeline = `stages: [test, build]
variables: {IMAGE: $CI_REGISTRY_IMAGE/web}
test:
  stage: test
  script: [npm test]
.build:
  stage: build
  before_script:
    - docker login -u $CI_REGISTRY_USER -p $CI_REGISTRY_PASSWORD $CI_REGISTRY
build:
  extends: .build
  script:
    - docker buildx build --push --build-arg A=1 -t $IMAGE:$CI_COMMIT_SHA -t $IMAGE:latest .
  rules:
    - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH
release:
  extends: .build
  script:
    - docker build -t $IMAGE:$CI_COMMIT_TAG --build-arg A=1 .
    - docker push $IMAGE:$CI_COMMIT_TAG
  rules:
    - if: $CI_COMMIT_TAG
`;
const Dockerfile = "FROM scratch\nARG A\n";

describe("a pipeline of GitLab", () => {
  it("becomes a config that publishes the same", async () => {
    const { config, lost, differences, problems } = await migrateGitlabFiles({
      ...{ [path]: pipeline, Dockerfile },
    });
    expect(config).toBe(`# Made by \`layerkeep import gitlab\` from .gitlab-ci.yml.

cache: registry.gitlab.com/example/group/app/cache
publish:
  repository: registry.gitlab.com/example/group/app/web
  tags:
    - type=sha,format=long,prefix=,enable={{is_default_branch}}
    - type=raw,value=latest,enable={{is_default_branch}}
    - type=ref,event=tag
  flavor: [latest=false]
variants:
  core:
    args: {A: "1"}
`);
    expect(lost.map(placed)).toEqual([
      `${path}:3: the job test does not build images with BuildKit`,
    ]);
    expect({ differences, problems }).toEqual({ differences: [], problems: [] });
  });

  it("of which one job builds for fewer platforms is told so", async () => {
    const wide = pipeline.replace("--push", "--push --platform linux/amd64,linux/arm64");
    const { differences } = await migrateGitlabFiles({ [path]: wide, Dockerfile });
    const image = "registry.gitlab.com/example/group/app/web";
    const platforms = "was built for linux/amd64, and is now built for linux/amd64, linux/arm64";
    expect(differences).toEqual([
      { message: `${image}:v1.2.3 ${platforms}`, runs: ["a push of the tag v1.2.3"] },
      { message: `${image}:v1.2.3-rc.1 ${platforms}`, runs: ["a push of the tag v1.2.3-rc.1"] },
    ]);
  });

  it("takes the value of a project's variable from the user", async () => {
    const other = pipeline.replace("$CI_REGISTRY_IMAGE/web", "$REGISTRY/web");
    const files = { [path]: other, Dockerfile };
    await expect(migrateGitlabFiles(files)).resolves.toMatchObject({
      carried: { repositories: [] },
    });
    const given = await migrateGitlabFiles(files, { REGISTRY: "quay.io/acme" });
    expect(given.carried.repositories).toEqual(["quay.io/acme/web"]);
  });

  it.each([
    ["a: [", /\.gitlab-ci\.yml/],
    ["- a\n", /is not a GitLab CI pip/],
    ["a: {script: [make]}\n", /found no images to carry over/],
  ])("%j is refused", async (text, message) => {
    await expect(migrateGitlabFiles({ [path]: text })).rejects.toThrow(message);
  });
});
