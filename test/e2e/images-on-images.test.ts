import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { layerkeep } from "../support/cli.ts";
import { testEngine } from "../support/engine.ts";
import { type GithubRun, githubEnv, pullRequest } from "../support/github.ts";
import { at } from "../support/json.ts";
import { createProject, type Project } from "../support/project.ts";
import { tagsOf } from "../support/repository-state.ts";
import { skopeoConfig } from "../support/skopeo.ts";
import { engineEnv } from "../support/small-build.ts";

const {
  registries: [registry, second],
  baseImage,
} = testEngine();
let project: Project;

beforeEach(() => {
  project = createProject(files);
});

afterEach(() => project[Symbol.dispose]());

/** A chain of three with a diamond at its end, on two platforms. */
function files(id: string): Record<string, string> {
  return {
    "layerkeep.yml": `cache: { repository: ${registry}/${id}/cache }
publish: { repository: "${second}/${id}/{name}", tags: ["type=raw,value=1"] }
defaults: { context: "{name}", platforms: [linux/amd64, linux/arm64] }
variants:
  base: {}
  lib: { contexts: { base: "variant:base" } }
  app: { contexts: { "ghcr.io/acme/lib:1": "variant:lib" } }
  tool:
    platforms: [linux/amd64]
    contexts: { app: "variant:app/linux/arm64", lib: "variant:lib" }
  alone: { platforms: [linux/amd64] }
`,
    "base/Dockerfile": `FROM scratch\nENV GREETING=${id}\nCOPY base.txt /\nONBUILD COPY own.txt /\n`,
    "base/base.txt": "one\n",
    "lib/Dockerfile": "FROM base\nCOPY $GREETING /greeting\n",
    "lib/own.txt": "lib\n",
    [`lib/${id}`]: "found by the base's ENV\n",
    "app/Dockerfile": "FROM ghcr.io/acme/lib:1\nCOPY app.txt /\n",
    "app/app.txt": "app\n",
    // Fails if any parent is not the one of this commit.
    "tool/Dockerfile": `FROM ${baseImage.reference}
COPY expected.txt /
RUN --mount=from=app,target=/app --mount=from=lib,target=/lib \\
    cat /app/base.txt /lib/base.txt /lib/own.txt /app/app.txt | cmp - /expected.txt
`,
    "tool/expected.txt": "one\none\nlib\napp\n",
    "alone/Dockerfile": "FROM scratch\nCOPY Dockerfile /\n",
  };
}

const onMain: GithubRun = { event: "push", ref: "refs/heads/main" };
const forked = (): GithubRun => ({
  event: "pull_request",
  ref: "refs/pull/5/merge",
  payload: pullRequest(project, "someone/app"),
});

/** Commands without notes have no flag against them. */
const withoutNotes = ["explain", "cache"];

const run = (github: GithubRun, command: string, ...args: string[]) =>
  layerkeep(project, [command, ...args, ...(withoutNotes.includes(command) ? [] : ["--quiet"])], {
    env: { ...engineEnv(), ...githubEnv(project, github) },
  });

const everyLeg = [
  ...["base/linux/amd64", "base/linux/arm64", "lib/linux/amd64", "lib/linux/arm64"],
  ...["app/linux/amd64", "app/linux/arm64", "tool/linux/amd64", "alone/linux/amd64"],
];

/** Each leg and what became of it. */
async function outcomes(
  github: GithubRun,
  command: string,
  ...args: string[]
): Promise<Record<string, string>> {
  const result = await run(github, command, ...args, "--json");
  const legs = at(result.stdout, "legs") as { leg: string; outcome: string }[];
  return Object.fromEntries(legs.map(({ leg, outcome }) => [leg, outcome]));
}

const all = (outcome: string, but: Record<string, string> = {}) => ({
  ...Object.fromEntries(everyLeg.map((leg) => [leg, outcome])),
  ...but,
});

describe("a trusted run", () => {
  test("builds parents first, and afterwards what a change touches and what is built on it", async () => {
    expect(await outcomes(onMain, "up")).toEqual(all("built"));
    const config = await skopeoConfig(`${second}/${project.id}/app:1`);
    expect(at(config as object, "config", "Env")).toContainEqual(`GREETING=${project.id}`);

    expect(await outcomes(onMain, "up")).toEqual(all("reused"));

    // A parent that was deleted is built again, and nothing that is built on it.
    const removed = await run(onMain, "cache", "rm", "base/linux/amd64", "--yes");
    expect(removed).toMatchObject({ code: 0 });
    expect(await outcomes(onMain, "up")).toEqual(all("reused", { "base/linux/amd64": "built" }));

    project.write({ "app/app.txt": "changed\n", "tool/expected.txt": "one\none\nlib\nchanged\n" });
    project.commit("the child");
    const apps = { "app/linux/amd64": "built", "app/linux/arm64": "built" };
    expect(await outcomes(onMain, "up")).toEqual(
      all("reused", { ...apps, "tool/linux/amd64": "built" }),
    );

    project.write({ "base/base.txt": "two\n", "tool/expected.txt": "two\ntwo\nlib\nchanged\n" });
    project.commit("the base");
    const plan = await run(onMain, "plan", "--json");
    expect(at(plan.stdout, "legs", 5)).toMatchObject({
      id: "app/linux/arm64",
      reason: expect.stringMatching(
        /^changed since .*: lib\/linux\/arm64 \(base\/linux\/arm64 \(base\.txt \(COPY base\.txt in base\/Dockerfile:3\)\)\)$/,
      ) as string,
    });
    const why = await run(onMain, "explain", "tool", "--json");
    expect(at(why.stdout, "legs", 0, "summary")).toMatch(
      /: app\/linux\/arm64: lib\/linux\/arm64: base\/linux\/arm64: base\.txt \(COPY base\.txt/,
    );
    const affected = await run(onMain, "affected", "--base", "HEAD~1");
    expect(affected.stdout.trim().split("\n")).toEqual(everyLeg.slice(0, -1));
    expect(await outcomes(onMain, "up")).toEqual(all("built", { "alone/linux/amd64": "reused" }));
  });

  test("has matrices in levels, each of which needs only those before it", async () => {
    const matrices = async (...args: string[]): Promise<string[][]> => {
      const { stdout } = await run(onMain, "plan", "--matrix", ...args);
      return stdout
        .trim()
        .split("\n")
        .map((line) =>
          (at(line, "include") as { leg: string; level?: number }[])
            .map(({ leg, level }) => (level === undefined ? leg : `${level} ${leg}`))
            .sort(),
        );
    };
    const both = (variant: string) => [`${variant}/linux/amd64`, `${variant}/linux/arm64`];
    expect(await matrices()).toEqual([
      ["0 alone/linux/amd64", ...both("0 base")],
      both("1 lib"),
      both("2 app"),
      ["3 tool/linux/amd64"],
    ]);
    expect((await matrices("--levels", "5", "--shards", "1")).slice(3)).toEqual([
      ["3 tool/linux/amd64"],
      [],
    ]);
    // A job of the first level, then one of the next, as two machines would run them.
    expect(await outcomes(onMain, "build", "base/linux/amd64")).toEqual({
      "base/linux/amd64": "built",
    });
    expect(await outcomes(onMain, "build", "lib/linux/amd64")).toEqual({
      "lib/linux/amd64": "built",
    });
    expect(await matrices("--levels", "1")).toEqual([
      [
        "alone/linux/amd64",
        "app/linux/amd64",
        "base/linux/arm64 lib/linux/arm64 app/linux/arm64 tool/linux/amd64",
      ],
    ]);
  });

  test("builds a missing parent of a leg that is built alone", async () => {
    expect(await outcomes(onMain, "build", "tool")).toEqual({
      ...{ "base/linux/amd64": "built", "base/linux/arm64": "built" },
      ...{ "lib/linux/amd64": "built", "lib/linux/arm64": "built" },
      ...{ "app/linux/arm64": "built", "tool/linux/amd64": "built" },
    });
  });

  test("fails what is built on a leg that failed, with a line that names it, and goes on with the rest", async () => {
    project.write({ "lib/Dockerfile": "FROM base\nCOPY missing /\n" });
    project.commit("broken");
    const result = await run(onMain, "up");
    expect(result.code).toBe(1);
    expect(result.stderr).toMatch(
      /^tool\/linux\/amd64 failed: not built because lib\/linux\/\w+ failed$/m,
    );
    const tags = Object.keys(await tagsOf(`${second}/${project.id}/app`));
    expect(tags).toEqual([]);
    expect(Object.keys(await tagsOf(`${second}/${project.id}/base`))).toEqual(["1"]);
  });
});

describe("a pull request from a fork", () => {
  test("builds on staged parents, and a chain of changed ones in one solve, and writes nothing", async () => {
    await run(onMain, "up");
    const before = await tagsOf(`${registry}/${project.id}/cache`);
    project.write({ "tool/expected.txt": "other\n" });
    project.commit("the child");
    const child = await run(forked(), "build", "tool");
    expect(child.stderr).toMatch(/tool\/linux\/amd64 failed: step (?:\[stage-0 3\/3\] )?RUN /);

    project.write({ "base/base.txt": "two\n", "tool/expected.txt": "two\ntwo\nlib\napp\n" });
    project.commit("the base");
    expect(await outcomes(forked(), "build", "tool")).toEqual({ "tool/linux/amd64": "checked" });
    expect(await outcomes(forked(), "up")).toEqual(
      all("checked", { "alone/linux/amd64": "reused" }),
    );
    expect(await tagsOf(`${registry}/${project.id}/cache`)).toEqual(before);

    project.write({ "lib/Dockerfile": "FROM base\nCOPY missing /\n" });
    project.commit("a parent that fails");
    const parent = await run(forked(), "build", "tool");
    expect(parent.stderr).toMatch(
      /tool\/linux\/amd64 failed: step (?:\[[^\]]*\] )?COPY missing \//,
    );
  });

  test("leaves out with --affected what the change does not affect, though nothing is staged", async () => {
    project.git("branch", "base");
    project.write({ "app/app.txt": "new\n", "tool/expected.txt": "one\none\nlib\nnew\n" });
    project.commit("the child");
    const plan = await run(forked(), "plan", "--affected", "base", "--json");
    const legs = at(plan.stdout, "legs") as { id: string; action: string; reason: string }[];
    const built = ["app/linux/amd64", "app/linux/arm64", "tool/linux/amd64"];
    expect(legs.filter(({ action }) => action === "build").map(({ id }) => id)).toEqual(built);
    expect(legs[0]).toMatchObject({
      action: "skip",
      reason: expect.stringMatching(
        /^not affected since base \(\w{12}\); no leg with these inputs is staged$/,
      ) as string,
    });
    expect(await outcomes(forked(), "build", "--affected", "base")).toEqual(
      Object.fromEntries(built.map((leg) => [leg, "checked"])),
    );
    const unknown = await run(forked(), "plan", "--affected", "nosuch");
    expect(unknown.code).toBe(2);
    expect(unknown.stderr).toMatch(/^error: this clone has no revision "nosuch"$/m);
  });
});

test("a local run that writes nothing gives a parent in the same solve its own secrets", async () => {
  project.write({
    "layerkeep.yml": `cache: ${registry}/${project.id}/cache
variants:
  base: { context: base, secrets: ["id=token,env=BASE_TOKEN"] }
  app: { context: app, contexts: { base: "variant:base" } }
`,
    "base/Dockerfile": `FROM ${baseImage.reference}
RUN --mount=type=secret,id=token,required=true grep -q s3cr3t /run/secrets/token
`,
    "app/Dockerfile": "FROM base\nCOPY app.txt /\n",
  });
  const env = { ...engineEnv(), BASE_TOKEN: "s3cr3t" };
  const built = await layerkeep(project, ["build", "app", "--json", "--quiet"], { env });
  expect(built.stderr).toBe("");
  expect(at(built.stdout, "legs", 0)).toMatchObject({ leg: "app/linux/amd64", outcome: "checked" });
});

test("a parent in the same solve has all addresses of an added host", async () => {
  const hosts = ["db:10.0.0.7", "db:10.0.0.8", "six:[::1]"];
  project.write({
    "layerkeep.yml": `cache: ${registry}/${project.id}/cache
variants:
  base: { context: base, add-hosts: ${JSON.stringify(hosts)} }
  app: { context: app, contexts: { base: "variant:base" } }
`,
    "base/Dockerfile": `FROM ${baseImage.reference}
RUN [ "$(grep -cE '^10\\.0\\.0\\.[78]\\sdb$' /etc/hosts)" = 2 ]
`,
    "app/Dockerfile": "FROM base\nCOPY app.txt /\n",
  });
  const built = await layerkeep(project, ["build", "app", "--json", "--quiet"], {
    env: engineEnv(),
  });
  expect(built.stderr).toBe("");
  expect(at(built.stdout, "legs", 0)).toMatchObject({ leg: "app/linux/amd64", outcome: "checked" });
});

test("a leg that adds no step to its base has no cache to export, and none is missed", async () => {
  project.write({
    "layerkeep.yml": `cache: ${registry}/${project.id}/cache
variants:
  base: { context: base }
  named: { context: named, contexts: { base: "variant:base" } }
  set: { context: set, contexts: { named: "variant:named" } }
  outside: { context: outside }
`,
    "outside/Dockerfile": `FROM ${baseImage.reference}\nLABEL a=1\n`,
    "base/Dockerfile": "FROM scratch\nCOPY base.txt /\n",
    "named/Dockerfile": "FROM base\nLABEL org.opencontainers.image.title=named\n",
    "set/Dockerfile": 'FROM named\nENV A=1\nCMD ["/a"]\n',
  });
  project.commit("labels");
  const built = await run(onMain, "build", "--json");
  expect(built.stderr).toBe("");
  expect(at(built.stdout, "legs")).toMatchObject([
    { leg: "base/linux/amd64", outcome: "built", cache: "yes", warnings: [] },
    { leg: "named/linux/amd64", outcome: "built", cache: "not-asked", warnings: [] },
    { leg: "set/linux/amd64", outcome: "built", cache: "not-asked", warnings: [] },
    { leg: "outside/linux/amd64", outcome: "built", cache: "not-asked", warnings: [] },
  ]);
  expect(at(built.stdout, "warnings")).toEqual([]);
  const tags = Object.keys(await tagsOf(`${registry}/${project.id}/cache`));
  expect(tags.filter((tag) => tag.startsWith("cache-"))).toEqual(["cache-base-amd64"]);
});
