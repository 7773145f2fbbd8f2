import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { cacheOf, ciOf, configOf, targetOf, variantOf } from "../../../test/support/configs.ts";
import type { Config } from "../../config/config.ts";
import type { Job, Workflow } from "./document.ts";
import { generateGithub, generatedMark } from "./generate.ts";
import type { GeneratorInput } from "./blueprints/generator-input.ts";
import { onPullRequest } from "./blueprints/on-pull-request.ts";
import { onPush } from "./blueprints/on-push.ts";
import { reusable } from "./blueprints/reusable.ts";
import { workflowOf } from "./workflow.ts";

const publish = [targetOf("quay.io/acme/app")];

function inputOf(config: Partial<Config> = {}, changes: Partial<GeneratorInput> = {}) {
  const variants = [variantOf("app", { publish })];
  return {
    config: configOf({ variants, ...config }),
    ...{
      path: undefined,
      source: "layerkeep.yml",
      vars: {},
      defaultBranch: "main",
      ref: "v1.2.3",
      name: "images",
    },
    ...changes,
  };
}

function pushOf(...given: Parameters<typeof inputOf>): Workflow {
  return workflowOf(onPush(inputOf(...given)));
}

function pullRequestOf(...given: Parameters<typeof inputOf>): Workflow {
  return workflowOf(onPullRequest(inputOf(...given)));
}

function jobOf(workflow: Workflow, id: string): Job {
  const job = workflow.jobs[id];
  if (job === undefined) throw new Error(`there is no job ${id}`);
  return job;
}

/** What a job gives an action or a step of this name. */
function stepOf(workflow: Workflow, id: string, name: string) {
  const step = jobOf(workflow, id).steps.find((one) => one.name === name);
  if (step === undefined) throw new Error(`${id} has no step ${name}`);
  return step;
}

/** Every string of a document. */
function textsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

describe("the workflow of pushes", () => {
  it("plans, builds, publishes, and ends with a gate over all of it", () => {
    const workflow = pushOf();
    expect(Object.entries(workflow.jobs).map(([id, { needs }]) => [id, needs])).toEqual([
      ["plan", undefined],
      ["build-1-1", ["plan"]],
      ["publish", ["plan", "build-1-1"]],
      ["gate", ["plan", "build-1-1", "publish"]],
    ]);
    expect(workflow.on).toEqual({
      push: { branches: ["main"], tags: ["**"] },
      schedule: [{ cron: "41 4 * * *" }],
      workflow_dispatch: {},
    });
    expect(jobOf(workflow, "gate")).toMatchObject({ name: "images", if: "always()" });
  });

  it("builds level by level, a later level even if one before it failed", () => {
    const contexts = (parent: string) => ({ contexts: { [parent]: `variant:${parent}` } });
    const variants = [
      variantOf("base"),
      variantOf("lib", contexts("base")),
      variantOf("app", contexts("lib")),
    ];
    const workflow = pushOf({ variants });
    const builds = Object.keys(workflow.jobs).filter((id) => id.startsWith("build"));
    expect(builds).toEqual(["build-1-1", "build-2-1", "build-3-1"]);
    const last = jobOf(workflow, "build-3-1");
    expect(last.needs).toEqual(["plan", "build-1-1", "build-2-1"]);
    expect(last.if).toBe(
      "${{ !cancelled() && needs.plan.result == 'success' && fromJSON(needs.plan.outputs.matrices)[2].include[0] }}",
    );
    expect(last.strategy).toEqual({
      "fail-fast": false,
      matrix: "${{ fromJSON(needs.plan.outputs.matrices)[2] }}",
    });
    expect(stepOf(workflow, "plan", "Plan").with).toMatchObject({ levels: 3, shards: 1 });
  });

  it("has a shard for every 256 legs", () => {
    const names = Array.from({ length: 457 }, (_, index) => `backend-${index}`);
    const variants = names.map((name) => variantOf(name, { publish }));
    const workflow = pushOf({ variants });
    expect(jobOf(workflow, "publish").needs).toEqual(["plan", "build-1-1", "build-1-2"]);
    expect(stepOf(workflow, "plan", "Plan").with).toMatchObject({
      levels: 1,
      shards: 2,
      "max-jobs": 512,
    });
  });

  it("waits in a queue, so that no push is lost", () => {
    expect(pushOf().concurrency).toEqual({
      group: "layerkeep-${{ github.workflow_ref }}",
      queue: "max",
    });
  });

  it("gives each job the rights that it needs, and no more", () => {
    const workflow = pushOf();
    expect(workflow.permissions).toEqual({});
    expect(
      Object.entries(workflow.jobs).map(([id, { permissions }]) => [id, permissions.packages]),
    ).toEqual([
      ["plan", "read"],
      ["build-1-1", "write"],
      ["publish", "write"],
      ["gate", undefined],
    ]);
    const elsewhere = cacheOf({ repository: { host: "quay.io", path: "acme/cache" } });
    const jobs = Object.values(pushOf({ cache: elsewhere }).jobs);
    expect(jobs.some(({ permissions }) => "packages" in permissions)).toBe(false);
  });

  it("plans with the login that only reads, if there is one", () => {
    const read = { username: "READER", password: "READER_PASSWORD" };
    const login = { username: "WRITER", password: "WRITER_PASSWORD", read };
    const workflow = pushOf({ ci: ciOf({ logins: { "quay.io": login } }) });
    const userOf = (job: string) => stepOf(workflow, job, "Log in to quay.io").with?.["username"];
    expect(["plan", "build-1-1", "publish"].map(userOf)).toEqual([
      "${{ secrets.READER }}",
      "${{ secrets.WRITER }}",
      "${{ secrets.WRITER }}",
    ]);
  });

  it("keeps git's credentials where trust or a tag's order asks git", () => {
    const kept = (workflow: Workflow) =>
      ["plan", "build-1-1", "publish"].map(
        (id) => workflow.jobs[id]?.steps[0]?.with?.["persist-credentials"],
      );
    const otherRefs = "${{ github.ref != 'refs/heads/main' }}";
    expect(kept(pushOf())).toEqual([otherRefs, otherRefs, true]);
    const variants = [variantOf("app")];
    expect(kept(pushOf({ variants }))).toEqual([false, false, undefined]);
    const asking = [otherRefs, otherRefs, undefined];
    const cache = cacheOf({ scratch: { host: "quay.io", path: "acme/scratch" } });
    expect(kept(pushOf({ variants, cache }))).toEqual(asking);
    const preview = [targetOf("quay.io/acme/preview")];
    expect(kept(pushOf({ variants: [variantOf("app", { preview })] }))).toEqual(asking);
  });

  it("gives secrets to the steps that read them", () => {
    const variants = [variantOf("app", { publish, secrets: ["id=npm,env=NPM_TOKEN"] })];
    const variables = { kind: "bearer", token: "REGISTRY_TOKEN" } as const;
    const credentials = [{ repository: "quay.io", variables }];
    const workflow = pushOf({ variants, credentials });
    const registry = { REGISTRY_TOKEN: "${{ secrets.REGISTRY_TOKEN }}" };
    expect(stepOf(workflow, "plan", "Plan").env).toEqual(registry);
    expect(stepOf(workflow, "build-1-1", "Build").env).toEqual({
      ...registry,
      NPM_TOKEN: "${{ secrets.NPM_TOKEN }}",
    });
    expect(stepOf(workflow, "publish", "Publish").env).toEqual(registry);
  });

  it("tells a scheduled run by its time what to do", () => {
    const schedule = { refresh: "1 1 * * 1", stale: "2 2 * * *", prune: "3 3 * * 0" };
    const workflow = pushOf({ ci: ciOf({ schedule }) });
    expect(workflow.on["schedule"]).toEqual([
      { cron: "1 1 * * 1" },
      { cron: "2 2 * * *" },
      { cron: "3 3 * * 0" },
    ]);
    expect(stepOf(workflow, "plan", "Plan").with).toMatchObject({
      stale: "${{ github.event.schedule == '2 2 * * *' }}",
    });
    expect(jobOf(workflow, "plan").if).toBe("github.event.schedule != '3 3 * * 0'");
    expect(jobOf(workflow, "prune").if).toBe("github.event.schedule == '3 3 * * 0'");
    expect(stepOf(workflow, "prune", "Prune").env).toMatchObject({
      GITHUB_TOKEN: "${{ github.token }}",
    });
    expect(stepOf(workflow, "gate", "Check that all jobs succeeded").with).toEqual({
      needs: "${{ toJSON(needs) }}",
      expected: `plan: \${{ github.event.schedule != '3 3 * * 0' }}
prune: \${{ github.event.schedule == '3 3 * * 0' }}
build-1-1: \${{ needs.plan.result == 'success' && (needs.plan.outputs.matrices == '' || fromJSON(needs.plan.outputs.matrices || '[]')[0].include[0] != null) }}
publish: \${{ needs.plan.result == 'success' && (needs.plan.outputs.publish == '' || fromJSON(needs.plan.outputs.publish || '{}').include[0] != null) }}
`,
    });
  });

  it("has an input for each variable of ci.dispatch, and otherwise the config's own value", () => {
    const dispatch = { TEST: { description: undefined, default: "false" } };
    const workflow = pushOf({ ci: ciOf({ dispatch }) }, { vars: { VERSION: "1" } });
    expect(workflow.on["workflow_dispatch"]).toEqual({
      inputs: {
        TEST: { description: "The value of the variable TEST", type: "string", default: "false" },
      },
    });
    const vars = `VERSION=1
\${{ github.event_name == 'workflow_dispatch' && format('TEST={0}', inputs.TEST) || '' }}
`;
    expect(stepOf(workflow, "plan", "Plan").with?.["vars"]).toBe(vars);
    expect(stepOf(workflow, "build-1-1", "Build").with?.["vars"]).toBe(vars);
    expect(stepOf(workflow, "publish", "Publish").with?.["vars"]).toBe(vars);
  });

  it("builds natively by default, and sets up emulation for the rest", () => {
    const platforms = ["linux/amd64", "linux/arm64"];
    const hasEmulation = (...given: Parameters<typeof inputOf>) =>
      jobOf(pushOf(...given), "build-1-1").steps.some(({ name }) => name === "Set up emulation");
    const native = [variantOf("app", { platforms })];
    expect(stepOf(pushOf({ variants: native }), "plan", "Plan").with?.["runners"]).toBe(
      "linux/amd64: ubuntu-24.04\nlinux/arm64: ubuntu-24.04-arm\n",
    );
    expect(hasEmulation({ variants: native })).toBe(false);
    expect(hasEmulation({ variants: [variantOf("app", { platforms: ["linux/s390x"] })] })).toBe(
      true,
    );
    expect(hasEmulation({ variants: native, runners: { "linux/arm64": "own" } })).toBe(true);
  });

  it("leaves the builder to a config that names builders", () => {
    const builderOf = (workflow: Workflow) =>
      stepOf(workflow, "build-1-1", "Build").with?.["builder"];
    expect(builderOf(pushOf())).toBe("${{ steps.setup.outputs.builder }}");
    expect(builderOf(pushOf({ builders: { "linux/amd64": ["a"] } }))).toBeUndefined();
  });
});

describe("the workflow of pull requests", () => {
  it("has one level, and neither publishes nor writes", () => {
    const contexts = { base: "variant:base" };
    const variants = [variantOf("base"), variantOf("app", { contexts, publish })];
    const workflow = pullRequestOf({ variants });
    expect(Object.keys(workflow.jobs)).toEqual(["plan", "build-1-1", "gate"]);
    expect(workflow.on).toEqual({ pull_request: {}, merge_group: {} });
    const permissions = Object.values(workflow.jobs).map((job) => job.permissions);
    expect(textsIn(permissions)).not.toContain("write");
    expect(stepOf(workflow, "plan", "Plan").with).toMatchObject({ levels: 1, affected: true });
    expect(jobOf(workflow, "gate").name).toBe("images");
  });

  it("cancels the run of an older commit", () => {
    expect(pullRequestOf().concurrency).toEqual({
      group:
        "layerkeep-${{ github.workflow }}-${{ github.event.pull_request.number || github.ref }}",
      "cancel-in-progress": true,
    });
  });

  it("clones the default branch for builds that may write scratch or previews", () => {
    const cloned = (workflow: Workflow) => jobOf(workflow, "build-1-1").steps[0]?.with;
    expect(cloned(pullRequestOf())).toEqual({ "persist-credentials": false });
    const cache = cacheOf({ scratch: { host: "quay.io", path: "acme/scratch" } });
    const whole = { "fetch-depth": 0, "persist-credentials": false };
    expect(cloned(pullRequestOf({ cache }))).toEqual(whole);
    const preview = [targetOf("quay.io/acme/preview")];
    const variants = [variantOf("other"), variantOf("app", { publish, preview })];
    expect(cloned(pullRequestOf({ variants }))).toEqual(whole);
  });

  it("has no secrets but read logins and LAYERKEEP_ variables, which a fork does without", () => {
    const read = { username: "READER", password: "READER_PASSWORD" };
    const login = { username: "WRITER", password: "WRITER_PASSWORD", read };
    const variables = { kind: "basic", username: "LAYERKEEP_USER", password: "OTHER" } as const;
    const workflow = pullRequestOf({
      variants: [variantOf("app", { publish, secrets: ["id=npm,env=NPM_TOKEN"] })],
      credentials: [{ repository: "registry.example.com", variables }],
      ci: ciOf({ logins: { "quay.io": login } }),
    });
    const secrets = textsIn(workflow).flatMap((text) => text.match(/secrets\.\w+/g) ?? []);
    expect([...new Set(secrets)].sort()).toEqual([
      "secrets.LAYERKEEP_USER",
      "secrets.READER",
      "secrets.READER_PASSWORD",
    ]);
    const step = stepOf(workflow, "build-1-1", "Log in to quay.io");
    expect(step.if).toBe("env.HAS_READER == 'true'");
    expect(jobOf(workflow, "build-1-1").env).toEqual({
      HAS_READER: "${{ secrets.READER != '' }}",
    });
  });
});

describe("GitHub's cache", () => {
  it.each([
    ["registry", undefined, undefined],
    ["gha", "write", "read"],
  ] as const)("with caches of type %s", (type, push, pullRequest) => {
    const cache = cacheOf({ type });
    const modes = [pushOf({ cache }), pullRequestOf({ cache })].map((workflow) => [
      workflow["cache-mode"],
      jobOf(workflow, "build-1-1")["cache-mode"],
      jobOf(workflow, "plan")["cache-mode"],
    ]);
    expect(modes).toEqual([
      ["none", push, undefined],
      ["none", pullRequest, undefined],
    ]);
  });

  it("is what GitHub allows for the event in the builds of the reusable workflow", () => {
    const workflow = workflowOf(reusable("v1.2.3"));
    const modes = Object.entries(workflow.jobs).map(([id, job]) => [id, job["cache-mode"]]);
    expect(workflow["cache-mode"]).toBeUndefined();
    expect(modes).toEqual([
      ["plan", "none"],
      ["build-1-1", undefined],
      ["build-2-1", undefined],
      ["build-3-1", undefined],
      ["publish", "none"],
      ["gate", "none"],
    ]);
  });
});

describe("the files", () => {
  it("are the documents, with their mark and the release of each pinned action", () => {
    const [push, pullRequest] = generateGithub(inputOf());
    expect([push?.name, pullRequest?.name]).toEqual(["images.yml", "images-pull-request.yml"]);
    const text = push?.text ?? "";
    expect(text.startsWith(generatedMark)).toBe(true);
    expect(parse(text)).toEqual(JSON.parse(JSON.stringify(pushOf())));
    const foreign = text.split("\n").filter((line) => /uses: (?!layerkeep\/)/.test(line));
    expect(foreign).not.toHaveLength(0);
    expect(foreign.filter((line) => !/@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(line))).toEqual([]);
  });

  it("give setup the config, too", () => {
    const workflow = pushOf({}, { path: "deploy/images.yml", vars: { A: "1" } });
    expect(stepOf(workflow, "build-1-1", "Set up the engine").with).toEqual({
      config: "deploy/images.yml",
      vars: "A=1\n",
      "free-disk": "false",
    });
  });

  it("use the actions of one ref, and the config at its path", () => {
    const workflow = pushOf({}, { path: "deploy/images.yml", ref: "main" });
    expect(stepOf(workflow, "plan", "Plan")).toMatchObject({
      uses: "layerkeep/layerkeep/actions/plan@main",
      with: { config: "deploy/images.yml" },
    });
  });
});

describe("what cannot be generated", () => {
  const evil = "${{ secrets.TOKEN }}";
  const dispatch = (input: { description?: string; default?: string }) =>
    ciOf({ dispatch: { A: { description: undefined, default: "", ...input } } });
  it.each<[string, Partial<Config>, Partial<GeneratorInput>]>([
    ["the config has no cache", { cache: cacheOf({ repository: undefined }) }, {}],
    [
      "the runner for linux/amd64 contains a GitHub expression: ${{ secrets.TOKEN }}",
      { runners: { "linux/amd64": evil } },
      {},
    ],
    [
      "the runner of variant app contains a GitHub expression: ${{ secrets.TOKEN }}",
      { variants: [variantOf("app", { runners: { "linux/amd64": evil } })] },
      {},
    ],
    [
      "the default branch contains a GitHub expression: ${{ secrets.TOKEN }}",
      {},
      { defaultBranch: evil },
    ],
    [
      "branches.release contains a GitHub expression: ${{ secrets.TOKEN }}",
      { branches: { default: "main", release: [evil] } },
      {},
    ],
    [
      "ci.dispatch.A contains a GitHub expression: ${{ secrets.TOKEN }}",
      { ci: dispatch({ description: evil }) },
      {},
    ],
    [
      "ci.dispatch.A.default contains a GitHub expression: ${{ secrets.TOKEN }}",
      { ci: dispatch({ default: evil }) },
      {},
    ],
    ["the config path contains a GitHub expression: ${{ secrets.TOKEN }}", {}, { path: evil }],
    ["--var A contains a GitHub expression: ${{ secrets.TOKEN }}", {}, { vars: { A: evil } }],
    ["--var A contains a line break", {}, { vars: { A: "1\nB=2" } }],
    [
      'the variable "my-npm" cannot be the name of a GitHub secret',
      { variants: [variantOf("app", { secrets: ["id=my-npm"] })] },
      {},
    ],
    [
      "the job matrices for this config (2000 legs) are larger than the 1 MB that GitHub accepts per run",
      { variants: Array.from({ length: 2_000 }, (_, i) => variantOf(`${"x".repeat(90)}${i}`)) },
      {},
    ],
    [
      "ci.dispatch has 26 inputs, but GitHub accepts at most 25 inputs",
      {
        ci: ciOf({
          dispatch: Object.fromEntries(
            Array.from({ length: 26 }, (_, i) => [`A${i}`, { description: "x", default: "" }]),
          ),
        }),
      },
      {},
    ],
  ])("is refused: %s", (message, config, changes) => {
    expect(() => generateGithub(inputOf(config, changes))).toThrow(message);
  });
});

it("names of branches are matched as they are written", () => {
  const branches = { default: undefined, release: ["release/?.x", "v+/**", "!odd"] };
  const workflow = pushOf({ branches }, { defaultBranch: "it's[1]+" });
  expect(workflow.on["push"]).toMatchObject({
    branches: ["it's\\[1\\]\\+", "release/*.x", "v\\+/**", "\\!odd"],
  });
  expect(jobOf(workflow, "plan").steps[0]?.with).toEqual({
    "persist-credentials": "${{ github.ref != 'refs/heads/it''s[1]+' }}",
  });
});
