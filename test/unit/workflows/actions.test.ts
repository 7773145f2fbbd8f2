import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { jobOf } from "../../support/workflows/record.ts";
import type { RunOptions } from "../../support/workflows/run-state.ts";
import { createWorkflowProject } from "../../support/workflows/workflow-project.ts";

const script = `
const { appendFileSync } = require("node:fs");
const { env } = process;
console.log("main", env.INPUT_NAME, env["INPUT_DRY-RUN"], env["INPUT_WITH_BLANK"], env.TOKEN_ONLY_FOR_ACTIONS, env.INPUT_UNSET);
console.log("::add-mask::hunter22");
console.log("said hunter22");
appendFileSync(env.GITHUB_OUTPUT, "digest=sha256:1\\n");
appendFileSync(env.GITHUB_STATE, "kept=state\\n");
appendFileSync(env.GITHUB_ENV, "FROM_ACTION=yes\\n");
if (env.INPUT_FAIL) process.exitCode = 1;
`;
const action = `
name: Plan
inputs:
  name: { default: "\${{ github.repository }}" }
  dry-run: { default: "false" }
  with blank: { default: b }
  unset: {}
  fail: {}
runs: { using: node24, main: main.cjs, post: post.cjs, pre: pre.cjs }
`;
const files = {
  "actions/plan/action.yml": action,
  "actions/plan/main.cjs": script,
  "actions/plan/pre.cjs": `console.log("pre", process.env.INPUT_NAME)`,
  "actions/plan/post.cjs": `console.log("post", process.env.STATE_kept, process.env.FROM_ACTION)`,
};

function withActions(workflow: string, more: Readonly<Record<string, string>> = {}) {
  const project = createWorkflowProject(workflow);
  const folder = join(project.outside, "layerkeep");
  for (const [path, content] of Object.entries({ ...files, ...more })) {
    mkdirSync(join(folder, path, ".."), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  const run = (more: Partial<RunOptions> = {}) =>
    project.run(undefined, { repositories: { "layerkeep/layerkeep": folder }, ...more });
  return { run, [Symbol.dispose]: () => project[Symbol.dispose]() };
}

test("a JavaScript action runs as action.yml says, and its post at the job's end", async () => {
  using project = withActions(`
on: push
jobs:
  a:
    runs-on: x
    steps:
      - { id: plan, uses: layerkeep/layerkeep/actions/plan@v0.1.0, with: { dry-run: true } }
      - { run: "echo \${{ steps.plan.outputs.digest }} $FROM_ACTION [$TOKEN_ONLY_FOR_ACTIONS]" }
`);
  const onGrant = () => ({ TOKEN_ONLY_FOR_ACTIONS: "runtime" });
  const { log, steps } = jobOf(await project.run({ onGrant }), "a");
  expect(log.split("\n").filter((line) => !line.startsWith("##["))).toEqual([
    "pre acme/app",
    "main acme/app true b runtime undefined",
    "said ***",
    "sha256:1 yes []",
    "post state yes",
  ]);
  expect(steps.map(({ outcome }) => outcome)).toEqual(["success", "success", "success"]);
  expect(steps[0]?.outputs).toEqual({ digest: "sha256:1" });
  expect(steps[2]?.name).toBe("Post layerkeep/layerkeep/actions/plan@v0.1.0");
});

test("an action that fails fails its job; its post runs all the same", async () => {
  using project = withActions(`
on: push
jobs:
  a:
    runs-on: x
    steps:
      - { uses: layerkeep/layerkeep/actions/plan@v0.1.0, with: { fail: "1", nmae: typo } }
`);
  const { log, result, annotations } = jobOf(await project.run(), "a");
  expect(result).toBe("failure");
  expect(log).toContain("post state yes");
  expect(annotations).toEqual([{ level: "warning", message: "Unexpected input(s) 'nmae'" }]);
});

test("a composite action has ids, inputs and a status of its own", async () => {
  using project = withActions(
    `
on: push
jobs:
  a:
    runs-on: x
    steps:
      - { id: wrap, uses: layerkeep/layerkeep/actions/wrap@main, with: { word: hi } }
      - { if: always(), run: "echo [\${{ steps.wrap.outputs.said }}] [\${{ steps.say.outputs.said }}] \${{ steps.wrap.outcome }}" }
`,
    {
      "actions/wrap/file.txt": "beside the action\n",
      "actions/wrap/action.yml": `
name: Wrap
inputs: { word: { required: true } }
outputs: { said: { value: "\${{ steps.say.outputs.said }}" } }
runs:
  using: composite
  steps:
    - { id: say, shell: bash, run: "echo said=\${{ inputs.word }} >> $GITHUB_OUTPUT; cat \${{ github.action_path }}/file.txt" }
    - { uses: layerkeep/layerkeep/actions/plan@v0.1.0, with: { name: nested } }
    - { shell: bash, run: "exit 1" }
    - { shell: bash, run: "echo never" }
    - { if: failure(), shell: bash, run: "echo cleaning up" }
`,
    },
  );
  const { log, result } = jobOf(await project.run(), "a");
  expect(result).toBe("failure");
  expect(log.split("\n").filter((line) => !line.startsWith("##["))).toEqual([
    "beside the action",
    "pre nested",
    "main nested false b undefined undefined",
    "said ***",
    "cleaning up",
    "[hi] [] failure",
    "post state yes",
  ]);
});

test("a local action needs a checkout", async () => {
  using project = createWorkflowProject(
    `
on: push
jobs:
  without: { runs-on: x, steps: [{ uses: ./actions/plan }] }
  with: { runs-on: x, steps: [{ uses: actions/checkout@v7 }, { uses: ./actions/plan }] }
`,
    files,
  );
  const run = await project.run();
  expect(jobOf(run, "without").annotations[0]?.message).toBe(
    "Can't find 'action.yml' for ./actions/plan",
  );
  expect(jobOf(run, "with").result).toBe("success");
});

test("an action that is not known fails the job", async () => {
  using project = createWorkflowProject(`
on: push
jobs: { a: { runs-on: x, steps: [{ uses: acme/unknown@v1 }] } }
`);
  const { result, annotations } = jobOf(await project.run(), "a");
  expect(result).toBe("failure");
  expect(annotations).toEqual([
    { level: "error", message: "Unable to resolve action acme/unknown@v1" },
  ]);
});

test("a stand-in of the test replaces a built-in one", async () => {
  using project = createWorkflowProject(`
on: push
jobs: { a: { runs-on: x, steps: [{ id: c, uses: actions/checkout@v7 }, { run: "echo \${{ steps.c.outputs.ref }}" }] } }
`);
  const run = await project.run(undefined, {
    standIns: { "actions/checkout": ({ setOutput }) => setOutput("ref", "mine") },
  });
  expect(jobOf(run, "a").log).toContain("\nmine");
});
