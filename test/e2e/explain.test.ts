import { chmodSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { digestOf } from "../../src/oci/digest.ts";
import { parseRepository } from "../../src/oci/reference.ts";
import { type CliResult, layerkeep, startLayerkeep } from "../support/cli.ts";
import { testEngine } from "../support/engine.ts";
import { scripted, startFaultProxy } from "../support/fault-proxy.ts";
import { at } from "../support/json.ts";
import { type PrivateEngine, startPrivateEngine } from "../support/private-engine.ts";
import { moveTag } from "../support/move-tag.ts";
import { createProject, type Project } from "../support/project.ts";
import { tagLike, testClient } from "../support/repository-state.ts";
import { smallProject } from "../support/small-build.ts";

const {
  registries: [registry],
} = testEngine();
let own: PrivateEngine;
let project: Project;
let cache: string;
let base: string;

beforeAll(async () => {
  own = await startPrivateEngine();
});
afterAll(() => own[Symbol.asyncDispose]());

const dockerfile = (first = "echo heavy > /heavy"): string => `FROM ${base}
ARG REFRESH
ARG VERSION
RUN ${first}
COPY src /src
COPY other /other
RUN cat /src > /out
`;

beforeEach(async () => {
  project = createProject((id) => {
    cache = `${registry}/${id}/cache`;
    base = `${registry}/${id}/base:1`;
    return smallProject(config(), {
      Dockerfile: dockerfile(),
      other: "other\n",
      "epoch.txt": "2026-W46\n",
      ".dockerignore": ".git\nDockerfile\n*.yml\nepoch.txt\n",
    });
  });
  await moveBase("one");
});
afterEach(() => project[Symbol.dispose]());

function config(version = "1", repository = cache): string {
  return `cache: ${repository}
refresh: { arg: REFRESH, command: cat epoch.txt }
variants:
  core: { args: { VERSION: "${version}" } }
`;
}

const moveBase = (label: string): Promise<string> => moveTag(base, label);

const run = (...args: string[]): Promise<CliResult> => layerkeep(project, args, { env: own.env });
const build = async (...args: string[]): Promise<unknown> => {
  const result = await run("build", "--write", "--json", "--quiet", ...args);
  expect(result).toMatchObject({ code: 0 });
  return at(result.stdout, "legs", 0);
};
/** Builds on an engine that knows nothing. */
const buildCold = async (...args: string[]): Promise<unknown> => {
  await own.engine.emptyCache();
  return build(...args);
};
const explain = async (...args: string[]): Promise<object> => {
  const result = await run("explain", "core", "--json", "--write", ...args);
  expect(result).toMatchObject({ code: 0, stderr: "" });
  const leg = at(result.stdout, "legs", 0);
  if (typeof leg !== "object" || leg === null) throw new Error(result.stdout);
  return leg;
};
const causes = (leg: object): unknown => at(leg, "causes");
const text = (pattern: RegExp): string => expect.stringMatching(pattern) as string;

describe("why a leg builds", () => {
  test("1: a file changed, told by the name that git has for it", async () => {
    await build();
    project.write({ src: "changed\n" });
    const leg = await explain();
    expect(causes(leg)).toEqual([
      {
        code: "files",
        text: text(/^changed since the build of 20\S+ \S+: src \(COPY src in Dockerfile:5\)$/),
      },
    ]);
  });

  test("2: a mode bit, that git sees, and one that it does not", async () => {
    await build();
    chmodSync(join(project.dir, "other"), 0o755);
    expect(causes(await explain())).toEqual([
      { code: "files", text: text(/: other \(COPY other in \S+\): other: mode 644 to 755$/) },
    ]);
    chmodSync(join(project.dir, "other"), 0o640);
    expect(causes(await explain())).toEqual([
      {
        code: "files",
        text: text(
          /: other \(COPY other in \S+\): only what git does not track: permissions or ignored files$/,
        ),
      },
    ]);
  });

  test("3: an argument, from what to what", async () => {
    await build();
    project.write({ "layerkeep.yml": config("2") });
    expect(causes(await explain())).toEqual([
      { code: "argument", text: text(/argument VERSION: 1 to 2$/) },
    ]);
  });

  test("4: the base image moved, from digest to digest", async () => {
    await build();
    const moved = await moveBase("two");
    expect(causes(await explain())).toEqual([
      {
        code: "base-image",
        text: text(new RegExp(`base image ${base}: sha256:[0-9a-f]{12} to ${moved.slice(0, 19)}$`)),
      },
    ]);
  });

  test("5: the epoch rolled", async () => {
    await build();
    project.write({ "epoch.txt": "2026-W47\n" });
    expect(causes(await explain())).toEqual([
      { code: "epoch", text: text(/epoch: 2026-W46 to 2026-W47$/) },
    ]);
  });

  test("6: a step of the Dockerfile", async () => {
    await build();
    project.write({ Dockerfile: dockerfile("echo heavier > /heavy") });
    expect(causes(await explain())).toEqual([
      {
        code: "dockerfile",
        text: text(/: the Dockerfile: line 4: RUN echo heavier > \/heavy$/),
      },
    ]);
  });

  test("7: its first build", async () => {
    expect(await explain()).toMatchObject({
      action: "build",
      causes: [{ code: "first-build", text: text(/its log is empty/) }],
      inputs: null,
      last: null,
      caches: [{ state: "absent", cache: `${cache}:cache-core-amd64` }],
    });
  });

  test("8: the build before failed, and with which step", async () => {
    project.write({ Dockerfile: dockerfile("exit 7") });
    expect((await run("build", "--write", "--quiet")).code).toBe(1);
    expect(causes(await explain())).toEqual([
      { code: "failed-before", text: text(/failed: \[\d\/5\] RUN exit 7: .*exit code: 7$/) },
    ]);
    project.write({ Dockerfile: dockerfile() });
    expect(at(causes(await explain()) as object, 0, "code")).toBe("dockerfile");
  });

  test("9: --force and --cold", async () => {
    await build();
    expect(causes(await explain("--force"))).toMatchObject([{ code: "forced" }]);
    expect(causes(await explain("--cold"))).toMatchObject([{ code: "caches-left-aside" }]);
  });

  test("10: it was killed, and left what it had pushed and no more", async () => {
    project.write({ Dockerfile: dockerfile(`echo ${project.id}; sleep 60`) });
    const running = startLayerkeep(project, ["build", "--write"], { env: own.env });
    await running.saysOnStderr(/sleep 60/);
    running.kill("SIGINT");
    expect((await running.ended).code).toBe(130);
    expect(causes(await explain())).toEqual([
      { code: "first-build", text: text(/an interrupted build leaves no record/) },
    ]);
  });

  test("11: its staged leg was deleted", async () => {
    await build();
    const { tag } = await tagLike(cache, /^leg-core-amd64-[0-9a-f]{40}$/);
    const { tag: newest } = await tagLike(cache, /^leg-core-amd64$/);
    await replaceTags([tag, newest]);
    expect(causes(await explain())).toEqual([
      {
        code: "staged-leg-gone",
        text: text(/from the same inputs, but its staged leg is no longer/),
      },
    ]);
  });

  test("12: it was built by a run that may not write", async () => {
    expect((await run("build", "--quiet")).code).toBe(0);
    expect(await explain()).toMatchObject({
      causes: [{ code: "not-kept" }],
      last: { recorded: "here", steps: { all: 4 } },
    });
  });

  /** The CNCF registry deletes by digest alone: the tags are moved to what is then deleted. */
  async function replaceTags(tags: readonly string[]): Promise<void> {
    await using client = testClient();
    const repository = parseRepository(cache);
    const mediaType = "application/vnd.oci.image.index.v1+json";
    const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, manifests: [] }));
    for (const tag of tags) await client.putManifest(repository, { bytes, mediaType, tag });
    await client.deleteManifest(repository, digestOf(bytes));
  }
});

describe("why its last build went cold", () => {
  /** The cause of the first step, whose own inputs did not change. */
  const heavy = (leg: object): unknown => at(leg, "last", "missed", 0, "cause");

  test("13: the first build of all did not go cold", async () => {
    expect(await buildCold()).not.toHaveProperty("cold");
    expect(await explain()).toMatchObject({
      action: "reuse",
      causes: [],
      last: { cold: false, steps: { cached: 0, all: 4 } },
    });
    expect(heavy(await explain())).toMatchObject({ code: "first-build" });
  });

  test("14: nothing but a file changed, so the cache was there: it is not cold", async () => {
    await buildCold();
    project.write({ other: "changed\n" });
    await buildCold();
    expect(await explain()).toMatchObject({
      last: {
        cold: false,
        steps: { cached: 2, all: 4 },
        missed: [
          { step: text(/COPY other/), cause: { code: "files" } },
          { step: text(/RUN cat/), cause: null },
        ],
      },
    });
  });

  test("15: the cache was deleted", async () => {
    await buildCold();
    await using client = testClient();
    const { digest } = await tagLike(cache, /^cache-core-amd64$/);
    await client.deleteManifest(parseRepository(cache), digest);
    project.write({ src: "changed\n" });
    expect(await buildCold()).toMatchObject({ cold: text(/was missing/) });
    expect(heavy(await explain())).toEqual({
      code: "cache-absent",
      text: text(
        /its inputs are unchanged, but the cache written by the build of .* was missing: .*cache-core-amd64/,
      ),
    });
  });

  test("16: the build before could not write its cache", async () => {
    await using proxy = await startFaultProxy(
      registry,
      scripted({
        method: "PUT",
        url: /\/manifests\/cache-core-amd64$/,
        times: 99,
        fault: {
          type: "status",
          status: 403,
          headers: { "content-type": "application/json" },
          body: '{"errors":[{"code":"DENIED","message":"read only"}]}',
        },
      }),
    );
    project.write({ "layerkeep.yml": config("1", `${proxy.host}/${project.id}/cache`) });
    await buildCold();
    project.write({ "layerkeep.yml": config(), src: "changed\n" });
    await buildCold();
    expect(heavy(await explain())).toEqual({
      code: "cache-not-written",
      text: text(
        /wrote no cache: the cache .*:cache-core-amd64 was not written: .*(403|denied|read only)/i,
      ),
    });
  });

  test("17: runs that may not write left no cache", async () => {
    await own.engine.emptyCache();
    expect((await run("build", "--quiet")).code).toBe(0);
    await own.engine.emptyCache();
    expect((await run("build", "--quiet")).code).toBe(0);
    expect(heavy(await explain())).toEqual({
      code: "cache-not-written",
      text: text(/wrote no cache: its run was not allowed to write one$/),
    });
  });

  test("18: the cache is too large to be read", async () => {
    await buildCold();
    await pushLargeCache();
    project.write({ src: "changed\n" });
    const leg = await explain();
    expect(at(leg, "caches", 0)).toMatchObject({ state: "too-large" });
    await own.engine.emptyCache();
    await run("build", "--quiet");
    await own.engine.emptyCache();
    expect((await run("build", "--quiet")).code).toBe(0);
    expect(heavy(await explain())).toMatchObject({
      code: "cache-too-large",
      text: text(/BuildKit reads at most 1 MiB/),
    });
  });

  test("19: it was asked to", async () => {
    await buildCold();
    expect(await build("--cold")).not.toHaveProperty("cold");
    expect(heavy(await explain())).toEqual({
      code: "caches-left-aside",
      text: "the build ignored caches (--cold)",
    });
  });

  /** A cache's manifest of more than 1 MiB, as one with thousands of layers has it. */
  async function pushLargeCache(): Promise<void> {
    await using client = testClient();
    const repository = parseRepository(cache);
    const found = await client.getManifest({ ...repository, tag: "cache-core-amd64" });
    if (found?.manifest.kind !== "manifest") throw new Error("no cache");
    const content = { ...found.manifest.content, annotations: { padding: "x".repeat(1_100_000) } };
    const { mediaType } = found.descriptor;
    const bytes = Buffer.from(JSON.stringify(content));
    await client.putManifest(repository, { bytes, mediaType, tag: "cache-core-amd64" });
  }
});

test("without a name: what builds or went cold, for a reader; the summary of a run says it", async () => {
  const summary = join(project.outside, "summary.md");
  await buildCold();
  await using client = testClient();
  const { digest } = await tagLike(cache, /^cache-core-amd64$/);
  await client.deleteManifest(parseRepository(cache), digest);
  project.write({ src: "other\n" });
  await own.engine.emptyCache();
  const second = await layerkeep(project, ["build", "--write", "--quiet"], {
    env: { ...own.env, GITHUB_STEP_SUMMARY: summary },
  });
  expect(second.code).toBe(0);
  expect(await readFile(summary, "utf8")).toMatch(
    /\n- core\/linux\/amd64 was built with a cold cache: 4 of 4 steps ran, in \d+\.\d s: its inputs are unchanged, but the cache .* was missing: .*\n/,
  );
  project.write({ src: "changed\n" });
  const { code, stdout } = await run("explain", "--write");
  expect(code).toBe(0);
  expect(stdout).toMatch(
    /^core\/linux\/amd64 needs a build:\n {2}- changed since the build of .*src.*\n {2}its last build \(.*, built\) took .*: 0 of 4 steps cached; 4 steps ran, in .* \(cold cache\)\n/,
  );
});

test("plan --explain counts what takes its whole context, and says what would narrow it", async () => {
  project.write({
    "layerkeep.yml": `cache: ${cache}
variants:
  all: { dockerfile: all.Dockerfile }
  site: { dockerfile: site.Dockerfile }
`,
    "all.Dockerfile": "FROM scratch\nCOPY . /\n",
    "site.Dockerfile": "FROM scratch\nCOPY web /\n",
    "web/index.html": "1",
    ".dockerignore": ".git\n.dockerignore\n*.yml\n*Dockerfile\nepoch.txt\n",
  });
  project.commit("web");
  project.write({ "web/index.html": "2" });
  project.commit("web again");
  const { stdout } = await run("plan", "--explain", "--json");
  expect(at(stdout, "wholeContexts")).toEqual([
    {
      variant: "all",
      legs: ["all/linux/amd64"],
      where: "all.Dockerfile:2: COPY .",
      commits: { touched: 2, of: 2 },
      inputs: ["other", "src"],
      leftOut: [{ path: "web", commits: 2 }],
      changesMost: [],
    },
  ]);
  expect((await run("plan", "--explain")).stdout).toContain(`
1 leg uses its entire context: every commit that changes it rebuilds the leg
  all: all.Dockerfile:2: COPY .; 2 of the last 2 commits changed it
    if this is all it needs, set inputs: ["other","src"]
    this excludes files of other variants: web (2)
`);
  expect(at((await run("plan", "--json")).stdout, "wholeContexts")).toBeUndefined();
});
