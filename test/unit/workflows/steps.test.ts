import { expect, test } from "vitest";
import { jobOf } from "../../support/workflows/record.ts";
import { createWorkflowProject } from "../../support/workflows/workflow-project.ts";

test("a step's shell, folder and variables come from it, its job or its workflow", async () => {
  using project = createWorkflowProject(`
on: push
env: { A: workflow, B: workflow, C: workflow }
defaults: { run: { working-directory: sub } }
jobs:
  a:
    runs-on: x
    env: { B: job, C: "\${{ github.job }}-job" }
    steps:
      - { run: "mkdir -p sub other", working-directory: . }
      - { run: "false | true; echo pipe without pipefail" }
      - { id: strict, shell: bash, continue-on-error: true, run: "false | true; echo never" }
      - { run: "echo D=file >> $GITHUB_ENV; echo $PWD | sed 's/.*workspace//'" }
      - { working-directory: other, env: { B: step }, run: "echo $A $B $C $D \${{ env.B }}; echo $PWD | sed 's/.*workspace//'" }
      - { run: "echo \${{ steps.strict.outcome }} \${{ steps.strict.conclusion }}" }
`);
  const { log, result } = jobOf(await project.run(), "a");
  expect(result).toBe("success");
  const printed = log.split("\n").filter((line) => !line.startsWith("##["));
  expect(printed).toEqual([
    "pipe without pipefail",
    "/sub",
    "workflow step a-job file step",
    "/other",
    "failure success",
  ]);
});

test("after a failed step only those run whose `if` says so", async () => {
  using project = createWorkflowProject(`
on: push
jobs:
  a:
    runs-on: x
    steps:
      - { name: red, run: "exit 1" }
      - { name: default, run: "true" }
      - { name: plain, if: "true", run: "true" }
      - { name: failure, if: failure(), run: "true" }
      - { name: always, if: "\${{ always() }}", run: "true" }
      - { name: not-cancelled, if: "!cancelled()", run: "true" }
      - { name: cancelled, if: cancelled(), run: "true" }
`);
  const { steps, result } = jobOf(await project.run(), "a");
  expect(result).toBe("failure");
  expect(Object.fromEntries(steps.map((step) => [step.name, step.outcome]))).toEqual({
    red: "failure",
    default: "skipped",
    plain: "skipped",
    failure: "success",
    always: "success",
    "not-cancelled": "success",
    cancelled: "skipped",
  });
});

test("command files set outputs of several lines, paths and the summary", async () => {
  using project = createWorkflowProject(`
on: push
jobs:
  a:
    runs-on: x
    steps:
      - id: say
        run: |
          printf 'text<<END\\none\\ntwo\\nEND\\n' >> $GITHUB_OUTPUT
          mkdir tools && printf '#!/bin/sh\\necho from my tool' > tools/mine && chmod +x tools/mine
          echo "$PWD/tools" >> $GITHUB_PATH
          echo "# Summary" >> $GITHUB_STEP_SUMMARY
          echo GITHUB_REF=refs/heads/evil >> $GITHUB_ENV
      - { run: "mine; echo $GITHUB_REF" }
      - { id: broken, continue-on-error: true, run: "echo no-equals >> $GITHUB_OUTPUT" }
`);
  const a = jobOf(await project.run(), "a");
  expect(a.steps[0]?.outputs).toEqual({ text: "one\ntwo" });
  expect(a.summary).toBe("# Summary\n");
  expect(a.log).toContain("from my tool\nrefs/heads/main");
  expect(a.steps[2]?.outcome).toBe("failure");
  expect(a.annotations).toEqual([
    { level: "warning", message: "Can't store GITHUB_REF output parameter" },
    { level: "error", message: "Invalid format in GITHUB_OUTPUT: 'no-equals'" },
  ]);
});

test("workflow commands annotate a file's line and can be stopped", async () => {
  using project = createWorkflowProject(`
on: push
jobs:
  a:
    runs-on: x
    steps:
      - run: |
          echo "::error file=layerkeep.yml,line=3,title=Bad%3A key::first%0Asecond 100%25"
          echo "::group::Legs"
          echo "::stop-commands::token1"
          echo "::warning::not a command"
          echo "::token1::"
          echo "::notice::done"
          echo "::set-env name=A::b"
`);
  const { annotations, log } = jobOf(await project.run(), "a");
  expect(annotations).toEqual([
    {
      level: "error",
      message: "first\nsecond 100%",
      title: "Bad: key",
      file: "layerkeep.yml",
      line: "3",
    },
    { level: "notice", message: "done" },
    { level: "error", message: "The `set-env` command is disabled" },
  ]);
  expect(log).toContain("##[group]Legs\n");
  expect(log).toContain("\n::warning::not a command\n");
});

test("hashFiles hashes the files that match and is empty without one", async () => {
  using project = createWorkflowProject(`
on: push
jobs:
  a:
    runs-on: x
    steps:
      - { run: "mkdir -p d/e; echo 1 > d/e/go.sum; echo 2 > go.sum" }
      - { run: "echo [\${{ hashFiles('**/go.sum') == hashFiles('go.sum', 'd/**') }}] [\${{ hashFiles('none') }}]" }
`);
  expect(jobOf(await project.run(), "a").log).toContain("[true] []");
});
