import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type ActionStep, runAction, startAction } from "../support/actions.ts";
import { testEngine } from "../support/engine.ts";
import { githubEnv, pullRequest } from "../support/github.ts";
import { at } from "../support/json.ts";
import { processesWith } from "../support/processes.ts";
import { createProject, type Project } from "../support/project.ts";
import { tagsOf } from "../support/repository-state.ts";
import { engineEnv, smallProject } from "../support/small-build.ts";

const {
  registries: [registry, second],
  baseImage,
  remoteBuilder,
} = testEngine();
let project: Project;
let cache: string;
let image: string;

beforeEach(() => {
  project = createProject((id) => {
    cache = `${registry}/${id}/cache`;
    image = `${second}/${id}/app`;
    const publish = `{ repository: ${image}, tags: ["type=raw,value=1"] }`;
    return smallProject(`cache: ${cache}\npublish: ${publish}\nvariants:\n  core: {}\n`, {
      Dockerfile: `FROM ${baseImage.reference}\nRUN echo ${id}\nCOPY src /src\nRUN sh /src\n`,
    });
  });
});
afterEach(() => project[Symbol.dispose]());

const push = () => githubEnv(project, { event: "push", ref: "refs/heads/main" });
const step = ({ with: given = {}, env = push() }: ActionStep = {}): ActionStep => ({
  with: given,
  env: { ...engineEnv(), ...env },
});

test("plan, build and publish hand on nothing but the plan, and write what a push may write", async () => {
  project.write({ src: "true\n" });
  project.commit("a script");
  const { outputs } = await runAction(project, "plan", step());
  const planned = { plan: outputs["plan"] ?? "", "plan-digest": outputs["digest"] ?? "" };
  const legs = String(at(outputs["matrices"] ?? "", 0, "include", 0, "leg"));
  expect(legs).toBe("core/linux/amd64");

  const built = await runAction(project, "build", step({ with: { ...planned, legs } }));
  expect(built).toMatchObject({ code: 0, stderr: "" });
  expect(at(built.outputs["result"] ?? "", "legs", 0, "outcome")).toBe("built");
  expect(built.summary).toMatch(/^### Build\n\n1 leg: 1 built\. Cached: \d of 3 steps/);
  expect(built.summary).toMatch(/\| core\/linux\/amd64 \| built \|.*\| sha256:\w{12} \|/);
  expect(built.log).toMatch(/^::group::layerkeep build [^]*^::endgroup::$[^]*^LEG +RESULT/m);

  const variants = String(at(outputs["publish"] ?? "", "include", 0, "variants"));
  const published = await runAction(project, "publish", step({ with: { ...planned, variants } }));
  expect(published).toMatchObject({ code: 0, stderr: "" });
  const digest = (await tagsOf(image))["1"];
  expect(at(published.outputs["images"] ?? "", 0, "digest")).toBe(digest);
  expect(published.summary).toContain(`| ${image}:1 | ${digest?.slice(0, 19) ?? ""} | new |`);

  const again = await runAction(project, "plan", step());
  expect(again.outputs).toMatchObject({ "to-build": "0", reused: "1" });
  expect(again.outputs["matrices"]).toBe('[{"include":[]}]');
});

test("a leg that fails is an annotation, and its result is an output all the same", async () => {
  project.write({ src: "echo it broke; exit 3\n" });
  project.commit("broken");
  const { code, log, outputs, summary } = await runAction(project, "build", step());
  expect(code).toBe(1);
  expect(log).toMatch(
    /^ {2}it broke\n::endgroup::\n(?:[^:].*\n)+::error::core\/linux\/amd64 failed: step .*it broke/m,
  );
  expect(at(outputs["result"] ?? "", "legs", 0, "outcome")).toBe("failed");
  expect(summary).toContain("| core/linux/amd64 | failed |");
});

test("a fork's pull request builds without secrets, and writes nothing", async () => {
  project.write({ src: "true\n" });
  project.commit("a script");
  const payload = pullRequest(project, "someone/app");
  const env = githubEnv(project, { event: "pull_request", ref: "refs/pull/5/merge", payload });
  const { outputs } = await runAction(project, "plan", step({ env }));
  expect(outputs).toMatchObject({ trust: "untrusted", publish: '{"include":[]}' });
  const plan = outputs["plan"] ?? "";
  const built = await runAction(project, "build", step({ env, with: { plan } }));
  expect(at(built.outputs["result"] ?? "", "legs", 0, "outcome")).toBe("checked");
  const refused = await runAction(project, "publish", step({ env, with: { plan } }));
  expect(refused.code).toBe(2);
  expect(refused.log).toMatch(/^::error::this run is not allowed to publish: /m);
  expect([await tagsOf(cache), await tagsOf(image)]).toEqual([{}, {}]);
});

test.each(["SIGINT", "SIGTERM"] as const)(
  "a job that is cancelled by %s ends in time, and leaves no program behind",
  async (signal) => {
    project.write({ src: "sleep 60\n" });
    project.commit("slow");
    const running = startAction(project, "build", step());
    await running.prints("RUN sh /src");
    const cancelled = Date.now();
    running.kill(signal);
    const { code, log } = await running.ended;
    expect(Date.now() - cancelled).toBeLessThan(7_500);
    expect(code).toBe(130);
    expect(log).toMatch(new RegExp(`^::error::interrupted by ${signal}: 0 of 1 leg staged`, "m"));
    expect(await processesWith(`${project.id}/cache`)).toEqual([]);
  },
);

test("a platform that this runner cannot build, and an engine that is not there", async () => {
  const variants = "variants:\n  core: { platforms: [linux/s390x] }\n";
  project.write({
    "layerkeep.yml": `cache: ${cache}\n${variants}`,
    Dockerfile: "FROM scratch\nCOPY src /\nRUN x\n",
  });
  project.commit("other platform");
  const other = await runAction(project, "build", step());
  expect(other.code).toBe(3);
  expect(other.log).toMatch(
    /^::error::core\/linux\/s390x: builder .* does not support linux\/s390x/m,
  );
  const env = { ...push(), DOCKER_HOST: "unix:///none.sock" };
  const none = await runAction(project, "build", step({ env }));
  expect(none.code).toBe(3);
  expect(none.log).toMatch(/^::error::builder "default" did not respond: /m);
});

test("setup finds the builder that there is, and its command works in later steps", async () => {
  const found = await runAction(project, "setup", step());
  expect(found).toMatchObject({ code: 0, stderr: "", outputs: { builder: "default", freed: "0" } });
  expect(found.env).toEqual({ BUILDX_BUILDER: "default" });
  const command = join(found.path[0] ?? "", "layerkeep");
  const env = { ...process.env, ...engineEnv(), ...found.env };
  const said = execFileSync(command, ["plan", "--json"], { cwd: project.dir, env });
  expect(at(said.toString(), "schema")).toBe("layerkeep.plan.v1");

  const named = await runAction(project, "setup", step({ with: { builder: remoteBuilder } }));
  expect(named.outputs["builder"]).toBe(remoteBuilder);
  const missing = await runAction(project, "setup", step({ with: { builder: "none" } }));
  expect(missing.code).toBe(3);
  expect(missing.log).toMatch(/^::error::builder "none" did not respond: no builder "none" found/m);
});

test("setup asks buildx for a new builder if it is given options, and says why there is none", async () => {
  const env = { ...push(), BUILDX_CONFIG: join(project.outside, "buildx") };
  const given = { "driver-opts": "image=127.0.0.1:9/none/buildkit:1" };
  const { code, log, outputs } = await runAction(project, "setup", step({ env, with: given }));
  expect(code).toBe(3);
  expect(log).toMatch(/^::error::creating the builder layerkeep: .*127\.0\.0\.1:9/m);
  expect(outputs).toEqual({ freed: "0" });
});
