import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parseRepository } from "../../src/oci/reference.ts";
import { layerkeep } from "../support/cli.ts";
import { testEngine } from "../support/engine.ts";
import { type GithubRun, githubEnv, pullRequest } from "../support/github.ts";
import { at } from "../support/json.ts";
import { createProject, type Project } from "../support/project.ts";
import { tagsOf, testClient } from "../support/repository-state.ts";
import { engineEnv } from "../support/small-build.ts";

const {
  registries: [registry, second],
} = testEngine();
let project: Project;

const config = (id: string, more = `preview: ${second}/${id}/previews\n`): string =>
  `cache: ${registry}/${id}/cache
publish: { repository: ${second}/${id}/app, tags: ["type=raw,value=1"] }
${more}defaults: { platforms: [linux/amd64, linux/arm64] }
variants:
  base: { context: base, preview: false, publish: false }
  core: { context: app, contexts: { base: "variant:base" } }
`;

beforeEach(() => {
  project = createProject((id) => ({
    "layerkeep.yml": config(id),
    "base/Dockerfile": "FROM scratch\nCOPY Dockerfile /base\n",
    "app/Dockerfile": "FROM base\nCOPY src /src\n",
    "app/src": id,
  }));
  project.git("init", "-q", "--bare", "-b", "main", "../remote");
  project.git("remote", "add", "origin", `file://${project.outside}/remote`);
  project.git("push", "-q", "origin", "main");
});

afterEach(() => project[Symbol.dispose]());

const cache = () => `${registry}/${project.id}/cache`;
const previews = () => `${second}/${project.id}/previews`;
const main: GithubRun = { event: "push", ref: "refs/heads/main" };
const pull = (): GithubRun => ({
  event: "pull_request",
  ref: "refs/pull/5/merge",
  payload: pullRequest(project, "someone/app"),
});
const run = (github: GithubRun, args: readonly string[], env: Record<string, string> = {}) =>
  layerkeep(project, args, { env: { ...engineEnv(), ...githubEnv(project, github), ...env } });

/** A pull request's commit. */
function change(text: string): void {
  project.git("checkout", "-q", "-B", "topic");
  project.write({ "app/src": text });
  project.commit(text);
}

async function indexOf(reference: string) {
  await using client = testClient();
  const [name = "", tag = ""] = reference.split(/:(?=[^:]*$)/);
  const found = await client.getManifest({ ...parseRepository(name), tag });
  if (found?.manifest.kind !== "index") throw new Error(`${reference} is not an index`);
  return found.manifest.content;
}

function without(tags: Readonly<Record<string, string>>, ...names: readonly string[]) {
  return Object.fromEntries(Object.entries(tags).filter(([tag]) => !names.includes(tag)));
}

const everything = () =>
  Promise.all([cache(), `${second}/${project.id}/app`].map((name) => tagsOf(name)));

test("a pull request's legs are joined in the preview repository, and nothing else is written", async () => {
  expect(await run(main, ["up", "--quiet"])).toMatchObject({ code: 0 });
  const before = await everything();
  change("changed");
  const plan = join(project.outside, "plan.json");
  expect(await run(pull(), ["plan", "--output", plan])).toMatchObject({ code: 0 });
  for (const platform of ["amd64", "arm64"]) {
    const built = await run(pull(), [
      ...["build", `core/linux/${platform}`, "--plan", plan, "--json", "--quiet"],
    ]);
    expect(built).toMatchObject({ code: 0, stderr: "" });
    expect(at(built.stdout, "legs", 0)).toMatchObject({ outcome: "built", cache: "not-asked" });
  }
  const published = await run(pull(), ["publish", "--plan", plan, "--json", "--quiet"]);
  expect(published).toMatchObject({ code: 0, stderr: "" });
  expect(at(published.stdout, "published", 0, "targets", 0)).toMatchObject({
    repository: previews(),
    tags: [{ tag: "pr-5", moved: true }],
  });
  expect(Object.keys(await tagsOf(previews()))).toEqual([
    "pr-5",
    expect.stringMatching(/^pr-5--leg-core-amd64-[0-9a-f]{40}$/),
    expect.stringMatching(/^pr-5--leg-core-arm64-[0-9a-f]{40}$/),
  ]);
  const { manifests } = await indexOf(`${previews()}:pr-5`);
  const platforms = manifests.map(({ platform }) => platform?.architecture);
  expect(platforms.filter((name) => name !== "unknown")).toEqual(["amd64", "arm64"]);
  expect(await everything()).toEqual(before);
});

test("up publishes a preview of legs that a trusted run staged, without building them", async () => {
  expect(await run(main, ["up", "--quiet"])).toMatchObject({ code: 0 });
  const before = await everything();
  const up = await run(pull(), ["up", "--json", "--quiet"]);
  expect(up).toMatchObject({ code: 0, stderr: "" });
  expect(at(up.stdout, "legs", 0)).toMatchObject({ outcome: "reused" });
  expect(Object.keys(await tagsOf(previews()))).toEqual(["pr-5"]);
  expect(await everything()).toEqual(before);
});

test("a parent that nobody staged is built with its child, and a later run builds again", async () => {
  for (const time of [1, 2]) {
    const up = await run(pull(), ["up", "--json", "--quiet"]);
    expect(up, `run ${time}`).toMatchObject({ code: 0, stderr: "" });
    expect(at(up.stdout, "legs", 2)).toMatchObject({ leg: "core/linux/amd64", outcome: "built" });
    expect(at(up.stdout, "legs", 0)).toMatchObject({ leg: "base/linux/amd64", outcome: "checked" });
  }
  expect(Object.keys(await tagsOf(previews()))).toContain("pr-5");
  expect(await everything()).toEqual([{}, {}]);
});

test("a trusted run does not read the preview repository", async () => {
  expect(await run(pull(), ["up", "--quiet"])).toMatchObject({ code: 0 });
  const before = await tagsOf(previews());
  const planned = await run(main, ["plan", "--json", "--quiet"]);
  expect(planned.stdout).not.toContain("previews:");
  const up = await run(main, ["up", "--json", "--quiet"]);
  expect(at(up.stdout, "legs", 2)).toMatchObject({ outcome: "built" });
  expect(await tagsOf(previews())).toEqual(before);
});

test("a plan of an untrusted run publishes no preview in a trusted one", async () => {
  const plan = join(project.outside, "plan.json");
  expect(await run(pull(), ["plan", "--output", plan])).toMatchObject({ code: 0 });
  const build = await run(main, ["build", "--plan", plan]);
  expect(build.code).toBe(0);
  expect(build.stderr).toContain(
    "no preview: this run does not publish previews: push on the default branch",
  );
  expect(await tagsOf(previews())).toEqual({});
});

describe("no preview, in one line, and no failure", () => {
  const refused = async (args: readonly string[], why: string | RegExp) => {
    const result = await run(pull(), args);
    expect(result.code).toBe(0);
    const lines = result.stderr.split("\n").filter((line) => line.startsWith("no preview: "));
    expect(lines).toEqual([expect.stringMatching(why)]);
    expect(result.stderr).not.toContain("nothing was published");
  };

  test("if only the pull request's config names the repository", async () => {
    const other = `preview: ${second}/${project.id}/other\n`;
    project.write({ "layerkeep.yml": config(project.id, other) });
    project.commit("other");
    const why =
      /the config on the default branch does not name \S+\/other as a preview repository$/;
    for (const command of ["build", "up", "publish"]) await refused([command], why);
    expect(await tagsOf(`${second}/${project.id}/other`)).toEqual({});
  });

  test("if only named variants without one are published; a wrong name is refused all the same", async () => {
    const summary = join(project.outside, "summary.md");
    const publish = (...names: readonly string[]) =>
      run(pull(), ["publish", ...names], { GITHUB_STEP_SUMMARY: summary });
    const base = await publish("base");
    expect(base).toMatchObject({ code: 0, stdout: "" });
    expect(base.stderr).toBe("no preview: the config has no preview repository for base\n");
    expect(existsSync(summary)).toBe(false);
    const typo = await publish("base", "cor");
    expect(typo).toMatchObject({ code: 2, stdout: "" });
    expect(typo.stderr).toContain('the plan has no variant "cor"');
    expect(await run(pull(), ["build", "--quiet"])).toMatchObject({ code: 0 });
    const both = await publish("core", "base");
    expect(both.code).toBe(0);
    expect(both.stderr).toBe(base.stderr);
    expect(Object.keys(await tagsOf(previews()))).toContain("pr-5");
  });

  test("if no tag rule applies to the run", async () => {
    const result = await run({ event: "push", ref: "refs/heads/topic" }, ["up"]);
    expect(result.code).toBe(0);
    expect(result.stderr).toMatch(/^no preview: no tag rule of \S+ applies to this run$/m);
    expect(await tagsOf(previews())).toEqual({});
  });
});

describe("preview prune", () => {
  const expiring = (expires: string): void => {
    const more = `preview: { repository: ${previews()}, expires: ${expires} }\n`;
    project.write({ "layerkeep.yml": config(project.id, more) });
    project.commit(expires);
    project.git("push", "-q", "origin", "HEAD:main");
  };

  test("deletes expired previews with their legs, and no others", async () => {
    expect(await run(pull(), ["up", "--quiet"])).toMatchObject({ code: 0 });
    await using client = testClient();
    const repository = parseRepository(previews());
    const found = await client.getManifest({ ...repository, tag: "pr-5" });
    const index = JSON.parse(found?.bytes.toString() ?? "") as Record<string, unknown>;
    const put = (tag: string, annotations: Record<string, string>) =>
      client.putManifest(repository, {
        bytes: Buffer.from(JSON.stringify({ ...index, annotations })),
        mediaType: "application/vnd.oci.image.index.v1+json",
        tag,
      });
    const published = "org.layerkeep.preview.published";
    await put("pr-4", { [published]: new Date(Date.now() - 3_600_000).toISOString() });
    await put("base", { "org.opencontainers.image.version": "1" });
    expiring("30m");
    const all = await tagsOf(previews());

    const shown = await run(main, ["preview", "prune"]);
    expect(shown.code).toBe(0);
    expect(shown.stdout).toMatch(/^pr-4 +preview +published 60 minutes ago$/m);
    expect(shown.stderr).toContain("not deleting base because it");
    expect(await tagsOf(previews())).toEqual(all);

    const refusal = await run(pull(), ["preview", "prune", "--yes"]);
    expect(refusal).toMatchObject({ code: 2, stdout: "" });
    expect(refusal.stderr).toContain("this run is not allowed to delete previews");

    const pruned = await run(main, ["preview", "prune", "--yes", "--json"]);
    expect(pruned.code).toBe(0);
    expect(at(pruned.stdout, "previews", 0, "removed")).toMatchObject({ deleted: ["pr-4"] });
    expect(await tagsOf(previews())).toEqual(without(all, "pr-4"));
    expect(await indexOf(`${previews()}:pr-5`)).toMatchObject({ schemaVersion: 2 });

    await put("pr-5", { [published]: "2020-01-01T00:00:00Z" });
    expect(await run(main, ["preview", "prune", "--yes"])).toMatchObject({ code: 0 });
    expect(await tagsOf(previews())).toEqual(without(all, "pr-4", "pr-5"));
  });

  test("prints what it deleted before another repository failed", async () => {
    const other = "127.0.0.1:9/previews";
    const more = `  app: { context: base, preview: { repository: ${other}, expires: 30m } }\n`;
    const own = `preview: { repository: ${previews()}, expires: 30m }\n`;
    project.write({ "layerkeep.yml": config(project.id, own) + more });
    await using client = testClient();
    const mediaType = "application/vnd.oci.image.index.v1+json";
    const annotations = { "org.layerkeep.preview.published": "2020-01-01T00:00:00Z" };
    const index = { schemaVersion: 2, mediaType, manifests: [], annotations };
    const bytes = Buffer.from(JSON.stringify(index));
    await client.putManifest(parseRepository(previews()), { bytes, mediaType, tag: "pr-4" });
    const pruned = await run(main, ["preview", "prune", "--yes", "--json"]);
    expect(pruned.code).toBe(3);
    expect(at(pruned.stdout, "previews", 0, "removed")).toMatchObject({ deleted: ["pr-4"] });
    expect(pruned.stderr).toContain(other.split("/")[0]);
    expect(await tagsOf(previews())).toEqual({});
  });

  test("needs an expiry", async () => {
    const result = await run(main, ["preview", "prune"]);
    expect(result).toMatchObject({ code: 2, stdout: "" });
    expect(result.stderr).toContain("no preview expires");
  });
});

test("a preview repository that is the cache repository, or that a build reads, is refused", async () => {
  project.write({ "layerkeep.yml": config(project.id, `preview: ${cache()}\n`) });
  const cached = await run(main, ["plan"]);
  expect(cached).toMatchObject({ code: 2, stdout: "" });
  expect(cached.stderr).toContain(`the preview repository ${cache()} is the cache repository`);
  project.write({
    "layerkeep.yml": config(project.id),
    "app/Dockerfile": `FROM ${previews()}:pr-5\n`,
  });
  const read = await run(main, ["plan"]);
  expect(read).toMatchObject({ code: 2, stdout: "" });
  expect(read.stderr).toContain(`${previews()} is a preview repository`);
});
