import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { cacheOf, ciOf, configOf, targetOf, variantOf } from "../../../test/support/configs.ts";
import { type Sketch, sketched } from "../../../test/support/sketched-plan.ts";
import { planOf } from "../../../test/support/plans.ts";
import type { Config } from "../../config/config.ts";
import { parseRepository } from "../../oci/reference.ts";
import type { Plan } from "../../plan/plan.ts";
import { childPipeline } from "./child-pipeline.ts";
import type { Job, ScriptJob } from "./document.ts";
import { generateChild, generateParent } from "./generate.ts";
import { parentPipeline } from "./parent-pipeline.ts";

const amd64 = "linux/amd64";
const repository = parseRepository("127.0.0.1:5000/cache");
const cache = cacheOf({ repository });

function inputOf(config: Partial<Config> = {}) {
  return {
    config: configOf({ cache, variants: [variantOf("app")], ...config }),
    ...{
      path: undefined,
      source: "layerkeep.yml",
      vars: {},
      version: "1.2.3",
      image: "docker:29-cli",
      stage: "build",
    },
    service: undefined,
  };
}

describe("the parent pipeline", () => {
  const publish = [targetOf("127.0.0.1:5000/app")];

  it("has jobs of merge requests apart from those that are trusted", () => {
    const { jobs } = parentPipeline(inputOf());
    expect(Object.keys(jobs)).toEqual([
      "plan",
      "images",
      "plan-merge-request",
      "images-merge-request",
    ]);
    expect(jobs["images-merge-request"]).toEqual({
      stage: "build",
      needs: [{ job: "plan-merge-request" }],
      rules: [{ if: '$CI_PIPELINE_SOURCE == "merge_request_event"' }],
      interruptible: true,
      resource_group: undefined,
      trigger: {
        include: [{ artifact: "layerkeep-child.yml", job: "plan-merge-request" }],
        strategy: "depend",
        forward: { yaml_variables: false },
      },
    });
    expect(jobs["images"]).toMatchObject({ resource_group: "layerkeep-$CI_COMMIT_REF_SLUG" });
    expect(jobs["images"]).not.toHaveProperty("interruptible", true);
  });

  it("runs for tags only if there is something to publish", () => {
    const conditions = (config: Partial<Config>) =>
      parentPipeline(inputOf(config)).jobs["plan"]?.rules?.map((rule) => rule.if);
    const branches = { default: undefined, release: ["v*"] };
    expect(conditions({})).not.toContain("$CI_COMMIT_TAG");
    expect(conditions({ branches, variants: [variantOf("app", { publish })] })?.slice(3)).toEqual([
      "$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH",
      "$CI_COMMIT_BRANCH =~ /^v[^\\/]*$/",
      "$CI_COMMIT_TAG",
    ]);
  });

  it("prunes if a schedule or somebody asks for it on the default branch, and then nothing else", () => {
    const schedule = { refresh: undefined, stale: undefined, prune: "29 5 * * 0" };
    const { jobs } = parentPipeline(inputOf({ ci: ciOf({ schedule }) }));
    const prunes = '$LAYERKEEP_RUN == "prune"';
    expect(jobs["prune"]?.rules).toEqual([
      { if: `${prunes} && $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH` },
    ]);
    for (const name of ["plan", "images"]) {
      const rules = jobs[name]?.rules ?? [];
      expect(rules.slice(0, 3)).toContainEqual({ if: prunes, when: "never" });
    }
  });

  it("lists the schedules that must be made in the project", () => {
    const schedule = { refresh: "17 3 * * 1", stale: undefined, prune: "29 5 * * 0" };
    const text = generateParent(inputOf({ ci: ciOf({ schedule }) }));
    expect(text).toContain("#   17 3 * * 1       LAYERKEEP_RUN=refresh\n");
    expect(text).toContain("#   29 5 * * 0       LAYERKEEP_RUN=prune\n");
    expect(text).not.toContain("LAYERKEEP_RUN=stale");
    expect(parse(text)).toHaveProperty("prune");
  });

  it("hands texts of the config to the shell as they are", () => {
    const input = { ...inputOf(), path: "it's.yml", vars: { A: "$(touch x)" } };
    expect(scriptOf(parentPipeline(input).jobs["plan-merge-request"])).toContain(
      `plan --config 'it'\\''s.yml' --var 'A=$(touch x)' --affected`,
    );
  });

  it.each([
    ["no cache", cacheOf({ repository: undefined }), "the config has no cache"],
    [
      "GitHub's cache",
      { ...cache, type: "gha" as const },
      "the cache has type gha, which GitLab does not support",
    ],
  ])("is refused with %s", (_, given, message) => {
    expect(() => parentPipeline(inputOf({ cache: given }))).toThrow(message);
  });
});

describe("the child pipeline", () => {
  it("has a stage for each level, whose jobs run though one before has failed", () => {
    const jobs = childOf([
      { name: "base", platforms: [amd64] },
      { name: "app", platforms: [amd64], on: ["base"] },
    ]);
    expect(stagesOf(jobs)).toEqual([
      ["fetch-plan", "plan", undefined],
      ["build-1-1", "build-1", undefined],
      ["build-2-1", "build-2", "always"],
    ]);
    expect(jobs["fetch-plan"]).toMatchObject({
      needs: [{ pipeline: "42", job: "plan", artifacts: true }],
    });
    for (const name of ["build-1-1", "build-2-1"]) {
      expect(jobs[name]).not.toHaveProperty("needs");
      expect(jobs[name]).toMatchObject({ dependencies: ["fetch-plan"] });
    }
    expect(scriptOf(jobs["build-1-1"])).toContain(
      `npx --yes layerkeep@1.2.3 build $LEGS --plan "$work/plan.json" --plan-digest sha256:0`,
    );
  });

  it("has at most 200 jobs in a matrix, and one runner", () => {
    const sketches = Array.from({ length: 450 }, (_, index) => ({
      name: `v${index}`,
      platforms: [amd64],
      runners: index < 30 ? ["big, gpu"] : [],
    }));
    const jobs = childOf(sketches);
    const sizes = Object.entries(jobs).map(([name, job]) => [
      name,
      tagsOf(job),
      legsOf(job).length,
    ]);
    expect(sizes).toEqual([
      ["fetch-plan", undefined, 0],
      ["build-1-1", ["big", "gpu"], 30],
      ["build-1-2", undefined, 200],
      ["build-1-3", undefined, 200],
      ["build-1-4", undefined, 20],
    ]);
    const built = Object.values(jobs).flatMap(legsOf);
    expect(new Set(built).size).toBe(450);
  });

  it("names a leg in the script if its name is too long for a matrix", () => {
    const name = "x".repeat(240);
    const jobs = childOf([
      { name, platforms: [amd64] },
      { name: "a", platforms: [amd64] },
    ]);
    expect(legsOf(jobs["build-1-1"])).toEqual([`a/${amd64}`]);
    expect(legsOf(jobs["build-1-2"])).toEqual([]);
    expect(scriptOf(jobs["build-1-2"])).toContain(`build ${name}/${amd64} --plan`);
  });

  it("publishes in jobs that run though a build has failed", () => {
    const [reused, variants] = [publishable(70, [amd64]), publishable(70, [])];
    const { jobs } = childPipeline({ ...childInput(variants), moved: false });
    expect(stagesOf(jobs).slice(2)).toEqual([
      ["publish-1", "publish", "always"],
      ["publish-2", "publish", "always"],
    ]);
    expect(scriptOf(jobs["publish-1"])).toContain(" publish v0 v1 ");
    expect(childPipeline({ ...childInput(reused), moved: true }).jobs).toHaveProperty(
      "nothing-to-do",
    );
  });

  it("says so if there is nothing to do", () => {
    const jobs = childOf([{ name: "a", platforms: [amd64], reused: [amd64] }]);
    expect(stagesOf(jobs)).toEqual([["nothing-to-do", "nothing-to-do", undefined]]);
    expect(scriptOf(jobs["nothing-to-do"])).toBe('echo "There is nothing to build or publish."');
  });

  it("of a merge request can be interrupted", () => {
    const plan = planFor([{ name: "a", platforms: [amd64] }]);
    const untrusted = { ...plan.trust, level: "untrusted", publishes: false } as const;
    const { jobs } = childPipeline(childInput({ ...plan, trust: untrusted }));
    for (const job of Object.values(jobs)) expect(job.interruptible).toBe(true);
  });

  it("is refused above 5 MB", () => {
    const sketches = Array.from({ length: 1300 }, (_, index) => ({
      name: `${"x".repeat(4000)}${index}`,
      platforms: [amd64],
    }));
    expect(() => generateChild(childInput(planFor(sketches)))).toThrow(
      /^the child pipeline would be \d+ bytes, but the GitLab limit is 5000000 bytes$/,
    );
  });
});

function childOf(sketches: readonly Sketch[]): Readonly<Record<string, Job>> {
  return childPipeline(childInput(planFor(sketches))).jobs;
}

function childInput(plan: Plan) {
  return {
    ...inputOf(),
    plan,
    planDigest: `sha256:${"0".repeat(64)}`,
    parent: { pipeline: "42", job: "plan" },
    moved: false,
  };
}

function planFor(sketches: readonly Sketch[]): Plan {
  return { ...planOf({ cache: repository, targets: [], platforms: [] }), ...sketched(sketches) };
}

function publishable(count: number, reused: readonly string[]): Plan {
  const sketches = Array.from({ length: count }, (_, index) => ({
    name: `v${index}`,
    platforms: [amd64],
    reused,
  }));
  const plan = planFor(sketches);
  const targets = planOf({
    cache: repository,
    targets: ["127.0.0.1:5000/app"],
    platforms: [amd64],
  }).variants.flatMap((variant) => variant.targets);
  return { ...plan, variants: plan.variants.map((variant) => ({ ...variant, targets })) };
}

function stagesOf(jobs: Readonly<Record<string, Job>>) {
  return Object.entries(jobs).map(([name, job]) => [
    name,
    job.stage,
    "when" in job ? job.when : undefined,
  ]);
}

function isScript(job: Job | undefined): job is ScriptJob {
  return job !== undefined && "script" in job;
}

function scriptOf(job: Job | undefined): string {
  return isScript(job) ? job.script.join("\n") : "";
}

function tagsOf(job: Job): readonly string[] | undefined {
  return isScript(job) ? job.tags : undefined;
}

function legsOf(job: Job | undefined): readonly string[] {
  return isScript(job) ? (job.parallel?.matrix ?? []).flatMap(({ LEGS = [] }) => LEGS) : [];
}
