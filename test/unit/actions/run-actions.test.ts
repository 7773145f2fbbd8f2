import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { digestOf } from "../../../src/oci/digest.ts";
import { type ActionResult, type ActionStep, runAction } from "../../support/actions.ts";
import { githubEnv, pullRequest } from "../../support/github.ts";
import { createProject, type Project } from "../../support/project.ts";

const config = `publish: { repository: "ghcr.io/acme/app-{name}", tags: ["type=raw,value=1"] }
variants:
  core: { platforms: [linux/amd64, linux/arm64] }
`;
let project: Project;

beforeEach(() => {
  project = createProject(() => ({
    "layerkeep.yml": config,
    Dockerfile: "FROM scratch\nCOPY src /src\n",
    src: "source\n",
  }));
});
afterEach(() => project[Symbol.dispose]());

const push = () => githubEnv(project, { event: "push", ref: "refs/heads/main" });
const run = (name: string, step: ActionStep = {}): Promise<ActionResult> =>
  runAction(project, name, { ...step, env: { ...push(), ...step.env } });

describe("plan", () => {
  it("gives the plan, its digest, matrices with runners, what to publish, and a summary", async () => {
    const { code, outputs, summary, log, stderr } = await run("plan", {
      with: { levels: "2", shards: "1", runners: "linux/arm64: my-arm" },
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const { plan = "", digest, matrices = "", publish = "", ...rest } = outputs;
    expect(rest).toEqual({ jobs: "{}", trust: "trusted", "to-build": "2", reused: "0" });
    expect(plan).toBe(join(project.outside, "runner-temp/layerkeep/plan.json"));
    expect(digest).toBe(digestOf(readFileSync(plan)));
    const job = { variant: "core" };
    expect(JSON.parse(matrices)).toEqual([
      {
        include: [
          { ...job, leg: "core/linux/amd64", platform: "linux/amd64", runner: "ubuntu-24.04" },
          { ...job, leg: "core/linux/arm64", platform: "linux/arm64", runner: "my-arm" },
        ].map((entry) => expect.objectContaining(entry) as unknown),
      },
      { include: [] },
    ]);
    expect(JSON.parse(publish)).toEqual({ include: [{ variants: "core" }] });
    expect(summary).toContain("### Plan\n\n2 legs: 2 to build, 0 already staged. Trust: trusted");
    expect(log).toMatch(/^::group::layerkeep plan [^]*^::endgroup::$[^]*^LEG +ACTION/m);
  });

  it("gives a fork's pull request no trust and nothing to publish", async () => {
    const event = "pull_request";
    const payload = pullRequest(project, "someone/app");
    const { outputs } = await run("plan", {
      env: githubEnv(project, { event, ref: "refs/pull/5/merge", payload }),
    });
    expect(outputs).toMatchObject({ trust: "untrusted", publish: '{"include":[]}' });
  });

  it("shows what is wrong with the config beside its line", async () => {
    project.write({ "layerkeep.yml": "variants:\n  core: { platform: [linux/amd64] }\n" });
    const { code, log, outputs } = await run("plan");
    expect({ code, outputs }).toEqual({ code: 2, outputs: {} });
    expect(log).toMatch(/^::error file=layerkeep\.yml,line=2,col=\d+::.*platform/m);
  });

  it.each<[Record<string, string>, string]>([
    [{ forse: "true" }, "::error::this action has no input forse (did you mean force?)"],
    [{ stale: "yes" }, '::error::the input stale must be true or false, not "yes"'],
    [{ shards: "0" }, "::error::option '--shards <number>' argument '0' is invalid."],
    [
      { runners: "arm" },
      '::error::the input "runners" has an invalid line, "arm": expected name: value',
    ],
    [{ runners: "linux/amr64: x" }, '::error::"linux/amr64" '],
    [{ vars: "TAG" }, '::error::each line of the input "vars" must have the form NAME=value'],
    [{ force: "--write" }, '::error::the input force contains "--write", which is not a name'],
    [{ force: "nosuch" }, '::error::the plan has no leg or variant "nosuch"'],
    [
      { "publish-jobs": "many" },
      '::error::the input publish-jobs must be an integer from 1 to 256, not "many"',
    ],
    [{ config: "none.yml" }, "::error::--config: cannot read none.yml: no such file"],
    [{ output: "/proc/none/plan.json" }, "::error::--output: cannot write /proc/none/plan.json: "],
  ])("refuses %j", async (given, message) => {
    const { code, log, outputs } = await run("plan", { with: given });
    expect({ code, outputs }).toEqual({ code: 2, outputs: {} });
    expect(log).toContain(message);
    expect(log).not.toContain("this is a bug");
  });

  it("masks variables that are secret by name, and not short ones", async () => {
    const { log } = await run("plan", {
      with: { vars: "API_TOKEN=s3cr3t-value\nSHORT_TOKEN=1234567\nTAG=s3cr3t-other" },
    });
    expect(log.match(/^::add-mask::.*$/gm)).toEqual(["::add-mask::s3cr3t-value"]);
    const [first = "", ...rest] = log.split("\n");
    expect(first).toBe("::add-mask::s3cr3t-value");
    expect(rest.join("\n")).not.toContain("s3cr3t-value");
  });
});

describe("a plan that is not this run's", () => {
  const made = async (): Promise<string> => (await run("plan")).outputs["plan"] ?? "";

  it.each(["build", "publish"])("%s refuses one with another digest", async (name) => {
    const digest = digestOf("another");
    const { code, log } = await run(name, { with: { plan: await made(), "plan-digest": digest } });
    expect(code).toBe(2);
    expect(log).toMatch(/^::error::the plan .* is not the expected plan: its digest is sha256:/m);
  });

  it.each(["build", "publish"])("%s refuses one of another commit", async (name) => {
    const plan = await made();
    project.write({ src: "other\n" });
    project.commit("second");
    const { code, log } = await run(name, { with: { plan } });
    expect(code).toBe(2);
    expect(log).toMatch(
      /^::error::the plan was created for commit \w{12}, but this run is for \w{12}/m,
    );
  });

  it.each(["build", "publish"])("%s refuses one that is not there", async (name) => {
    const { code, log, outputs } = await run(name, { with: { plan: "none.json" } });
    expect({ code, outputs }).toEqual({ code: 2, outputs: {} });
    expect(log).toMatch(/^::error::--plan: cannot read none\.json/m);
  });

  it("build refuses one of a newer version", async () => {
    const plan = await made();
    writeFileSync(
      plan,
      readFileSync(plan, "utf8").replace("layerkeep.plan.v1", "layerkeep.plan.v2"),
    );
    const { code, log } = await run("build", { with: { plan } });
    expect(code).toBe(2);
    expect(log).toMatch(/^::error file=.*plan\.json::not a plan: schema/m);
  });
});

describe("gate", () => {
  const needs = (results: Record<string, string>): string =>
    JSON.stringify(
      Object.fromEntries(
        Object.entries(results).map(([job, result]) => [job, { result, outputs: {} }]),
      ),
    );

  it("passes if all that was planned succeeded, and fails with a line for each job that did not", async () => {
    const good = { plan: "success", "build-1-1": "success", "build-2-1": "skipped" };
    const expected = "build-1-1: true\nbuild-2-1: false";
    expect(await run("gate", { with: { needs: needs(good), expected } })).toMatchObject({
      code: 0,
    });
    const bad = { plan: "success", "build-1-1": "skipped", "build-2-1": "failure" };
    const { code, log } = await run("gate", { with: { needs: needs(bad), expected } });
    expect(code).toBe(1);
    expect(log).toBe(
      "plan: success\nbuild-1-1: skipped\n" +
        "::error::build-1-1 was skipped, although it had work to do\n" +
        "build-2-1: failure\n::error::build-2-1 failed\n",
    );
  });
});

describe("setup", () => {
  it("refuses a size that is none, and deletes nothing on a runner that is not GitHub's", async () => {
    const wrong = await run("setup", { with: { "free-disk": "40" } });
    expect(wrong.code).toBe(2);
    expect(wrong.log).toContain(
      '::error::the input free-disk must be true, false or a size such as 40GB, not "40"',
    );
    const env = { RUNNER_ENVIRONMENT: "self-hosted", DOCKER_HOST: "unix:///none.sock" };
    const own = await run("setup", { with: { "free-disk": "true" }, env });
    expect(own.log).toContain("::warning::free-disk works only on GitHub-hosted Linux runners");
    expect(own.outputs["freed"]).toBe("0");
  });

  it("puts the command on the PATH, and says that there is no engine", async () => {
    const { code, log, path } = await run("setup", { env: { DOCKER_HOST: "unix:///none.sock" } });
    expect(code).toBe(3);
    expect(log).toMatch(/^::error::/m);
    const [bin = ""] = path;
    const said = execFileSync(join(bin, "layerkeep"), ["--version"], { encoding: "utf8" });
    expect(said).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});
