import { describe, expect, it } from "vitest";
import { migrateGitlabFiles, placed } from "../../../test/support/migrate/fixture.ts";
import type { GitlabMigration } from "./migrate-gitlab.ts";

/* Pipelines in the shapes that real projects have. */

const path = ".gitlab-ci.yml";
const image = "registry.gitlab.com/example/group/app";

function migrate(
  text: string,
  more: Readonly<Record<string, string>> = {},
): Promise<GitlabMigration> {
  return migrateGitlabFiles({ [path]: text, ...more });
}

/** The config without its head. */
function configOf({ config }: GitlabMigration): string {
  return config.slice(config.indexOf("\n\n") + 2);
}

const onMain = 'rules: [{if: $CI_COMMIT_BRANCH == "main"}]';

describe("a build", () => {
  it("by kaniko is carried over, and its runner told of", async () => {
    const migration = await migrate(`build:
  image: {name: "gcr.io/kaniko-project/executor:debug", entrypoint: [""]}
  script:
    - echo "{}" > /kaniko/.docker/config.json
    - >-
      /kaniko/executor --context "\${CI_PROJECT_DIR}" --dockerfile "\${CI_PROJECT_DIR}/Dockerfile"
      --destination "\${CI_REGISTRY_IMAGE}:\${CI_COMMIT_TAG}" --cache=true
  only: [tags]
`);
    expect(configOf(migration)).toBe(`cache: ${image}/cache
publish:
  repository: ${image}
  tags: ["type=ref,event=tag"]
  flavor: [latest=false]
variants:
  core: {}
`);
    expect(migration.lost.map(placed)).toEqual([
      `${path}:5: kaniko does not need a privileged runner, but BuildKit in the service docker:dind does`,
    ]);
    expect(migration).toMatchObject({ differences: [], problems: [] });
  });

  it("that another job pushes is published", async () => {
    const { config, lost, pipeline } = await migrate(`stages: [package, ship]
package:
  stage: package
  script: ["docker build -t quay.io/acme/app:edge -t quay.io/acme/app ."]
  ${onMain}
ship:
  stage: ship
  script: ["docker push quay.io/acme/app:latest", "docker push quay.io/acme/app:edge"]
  ${onMain}
`);
    expect(config).toContain("type=raw,value=latest");
    expect(config).toContain("type=raw,value=edge");
    expect(lost).toEqual([]);
    expect(pipeline).toEqual({ stage: "package", replaced: ["package", "ship"] });
  });

  it("whose tags are all pushed at once is published with them", async () => {
    const { config } = await migrate(`build:
  script:
    - docker build -t quay.io/acme/app:a -t quay.io/acme/app:b .
    - docker push --all-tags quay.io/acme/app
  ${onMain}
`);
    expect(config).toContain("value=a,");
    expect(config).toContain("value=b,");
  });

  it("is published by a tag of several parts", async () => {
    const { config, lost, problems } = await migrate(`build:
  script:
    - docker build -t quay.io/acme/app:$CI_COMMIT_REF_SLUG-$CI_COMMIT_SHORT_SHA .
    - docker push quay.io/acme/app:$CI_COMMIT_REF_SLUG-$CI_COMMIT_SHORT_SHA
  ${onMain}
`);
    expect(config).toContain("type=ref,event=branch,suffix=-{{sha}}");
    expect({ lost, problems }).toEqual({ lost: [], problems: [] });
  });

  it("of two, with a push of neither, is told of", async () => {
    const { lost } = await migrate(`build:
  script:
    - docker build -t quay.io/acme/a a
    - docker build -t quay.io/acme/b b
    - docker push quay.io/acme/a
    - docker tag quay.io/acme/b quay.io/acme/c
    - docker push quay.io/acme/c
  ${onMain}
`);
    expect(lost.map(({ message }) => message)).toContain(
      "quay.io/acme/c is pushed, but its build was not found",
    );
  });
});

describe("a condition", () => {
  const build = `script:
    - docker build -t quay.io/acme/app:$CI_COMMIT_REF_NAME .
    - docker push quay.io/acme/app:$CI_COMMIT_REF_NAME
`;

  it.each([
    ["only: [main, develop]", "branches:\n  release: [develop]\n"],
    ['rules: [{if: $CI_COMMIT_BRANCH == "production"}]', "  release: [production]\n"],
    ["rules: [{if: '$CI_COMMIT_BRANCH =~ /^release\\/.*$/'}]", "  release: [release/**]\n"],
    ["only: [/^hotfix-/]", "  release: [hotfix-**]\n"],
  ])("%s names the branches that publish", async (condition, expected) => {
    const { config, lost } = await migrate(`build:\n  ${build}  ${condition}\n`);
    expect(config).toContain(expected);
    expect(lost).toEqual([]);
  });

  it.each([
    ["except: [tags]", "the job build publishes images of branches other than main"],
    ["only: ['/-(x|y)$/']", "the branch pattern /-(x|y)$/ is not carried over"],
  ])("%s is told of", async (condition, message) => {
    const text = `build:\n  ${build}  ${condition}\nmain:\n  ${build}  only: [main]\n`;
    const { lost } = await migrate(text);
    expect(lost.map((note) => note.message)).toContain(message);
  });

  it("of a schedule is told of, with what the new pipeline needs", async () => {
    const { lost, config } = await migrate(`nightly:
  script: ["docker build -t quay.io/acme/app:nightly .", "docker push quay.io/acme/app:nightly"]
  rules: [{if: $CI_PIPELINE_SOURCE == "schedule"}]
`);
    expect(config).toContain("type=schedule,pattern=nightly");
    expect(lost.map(placed)).toEqual([
      `${path}:3: the job nightly runs on schedules, which are set in the project`,
    ]);
    expect(lost[0]?.hint).toContain("LAYERKEEP_RUN");
  });
});

describe("a login", () => {
  const build = `    - docker build -t harbor.example.com/acme/app .
    - docker push harbor.example.com/acme/app
  ${onMain}
`;

  it.each([
    'docker login -u "$HARBOR_USER" -p "$HARBOR_TOKEN" harbor.example.com',
    "echo $HARBOR_TOKEN | docker login harbor.example.com --username=$HARBOR_USER --password-stdin",
    "printf '%s' \"${HARBOR_TOKEN}\" | docker login harbor.example.com -u ${HARBOR_USER} --password-stdin",
    'docker login harbor.example.com -u "$HARBOR_USER" --password-stdin <<< "$HARBOR_TOKEN"',
  ])("%s is carried over", async (line) => {
    const text = `build:\n  script:\n    - >-\n      ${line}\n${build}`;
    const { config, lost } = await migrate(text);
    expect(config).toContain(
      "ci:\n  logins:\n    harbor.example.com: {username: HARBOR_USER, password: HARBOR_TOKEN}\n",
    );
    expect(lost).toEqual([]);
  });

  it("of another kind is told of, and that of the project's registry needed no more", async () => {
    const { config, lost } = await migrate(`build:
  before_script:
    - docker login -u $CI_REGISTRY_USER -p $CI_REGISTRY_PASSWORD $CI_REGISTRY
    - aws ecr get-login-password | docker login -u AWS --password-stdin harbor.example.com
  script:
${build}`);
    expect(config).not.toContain("registry.gitlab.com:");
    expect(lost.map(({ message }) => message)).toEqual([
      "the login to harbor.example.com does not use secrets for both the user name and the password",
    ]);
  });
});

describe("a pipeline", () => {
  it("with a job of a new one's name has to rename it", async () => {
    const { lost } = await migrate(`images:
  script: ["docker build -t quay.io/acme/app .", "docker push quay.io/acme/app"]
  ${onMain}
`);
    expect(lost.map(placed)).toEqual([`${path}:1: the new pipeline also has a job named images`]);
  });

  it.each([
    [
      "a: {script: [make image]}\n",
      "the import finds docker, podman, buildah and kaniko commands in scripts",
    ],
    ["a: {script: [docker compose build]}\n", undefined],
  ])("that builds nothing that can be read is refused with the reason: %j", async (text, hint) => {
    const error: unknown = await migrate(text).catch((reason: unknown) => reason);
    if (hint === undefined) {
      expect(error).toMatchObject({
        message: `found no images to carry over in ${path}\n${path}:1:14: docker compose is not supported`,
      });
    } else expect(error).toMatchObject({ hint: expect.stringContaining(hint) as unknown });
  });
});

it.each([
  "docker buildx build --push -t $CI_REGISTRY_IMAGE .",
  "docker buildx build --output type=registry,name=$CI_REGISTRY_IMAGE .",
  "docker buildx build --output type=image,push=true -t $CI_REGISTRY_IMAGE .",
  "docker buildx imagetools create -t $CI_REGISTRY_IMAGE $CI_REGISTRY_IMAGE:a",
])("a job that publishes images of any branch by `%s` is reported", async (command) => {
  const { lost } = await migrate(
    `build: {script: ["docker buildx build -t app .", "${command}"]}\n`,
  );
  expect(lost.map(({ message }) => message)).toContain(
    "the job build publishes images of branches other than main",
  );
});

describe("images for single platforms", () => {
  const jobs = (output: string, create: string): string => `stages: [build, merge]
build:
  stage: build
  parallel: {matrix: [{ARCH: [amd64, arm64]}]}
  script: ["docker buildx build --platform linux/$ARCH ${output} ."]
  ${onMain}
merge:
  stage: merge
  script: ["${create}"]
  ${onMain}
`;
  const [amd64, arm64] = ["amd64", "arm64"].map(
    (arch) => `$CI_REGISTRY_IMAGE:$CI_COMMIT_SHORT_SHA-${arch}`,
  );
  const part = "$CI_REGISTRY_IMAGE:$CI_COMMIT_SHORT_SHA-$ARCH";
  const oneVariant = `cache: ${image}/cache
publish:
  repository: ${image}
  tags: ["type=raw,value=latest,enable={{is_default_branch}}"]
variants:
  core:
    platforms: [linux/amd64, linux/arm64]
`;
  const notPublished = `${image} no longer gets tags for single platforms, which were merged into one image`;

  it.each([
    ["--tag X --push", `docker buildx imagetools create -t $CI_REGISTRY_IMAGE ${amd64} ${arm64}`],
    [
      "--output type=registry,name=X",
      `docker manifest create $CI_REGISTRY_IMAGE:latest ${amd64} ${arm64}`,
    ],
  ])("that are pushed by %s and merged by tag are one variant", async (output, create) => {
    const migration = await migrate(jobs(output.replace("X", part), create));
    expect(configOf(migration)).toBe(oneVariant);
    expect(migration.lost.map(({ message }) => message)).toEqual([notPublished]);
    expect(migration).toMatchObject({ differences: [], problems: [] });
  });

  it("keep their tags if one of them is only copied to another name", async () => {
    const { config, lost } = await migrate(
      jobs(`-t ${part} --push`, `docker buildx imagetools create -t $CI_REGISTRY_IMAGE ${amd64}`),
    );
    expect(config).toContain("suffix=-arm64");
    expect(lost.map(({ message }) => message)).not.toContain(notPublished);
  });
});

it("annotations of a build are those of what it publishes", async () => {
  const { config, lost } = await migrate(
    `build: {script: ["docker buildx build --push --annotation index:vendor=acme -t $CI_REGISTRY_IMAGE ."], ${onMain}}\n`,
  );
  expect(config).toContain("annotations: {vendor: acme}");
  expect(lost).toEqual([]);
});

it("a build that only checks its Dockerfile is reported", async () => {
  const { lost } = await migrate(
    `build: {script: ["docker buildx build --push -t $CI_REGISTRY_IMAGE .", "docker build --call check ."], ${onMain}}\n`,
  );
  expect(lost.map(({ message }) => message)).toEqual(["call has no equivalent in the config"]);
});
