import { expect, test } from "vitest";
import { jobOf, resultsOf } from "../../support/workflows/record.ts";
import { createWorkflowProject } from "../../support/workflows/workflow-project.ts";

test("five jobs run in the order of their needs, with outputs handed on", async () => {
  using project = createWorkflowProject(`
on: push
jobs:
  last:
    needs: [a, b, c]
    runs-on: ubuntu-latest
    steps: [{ run: "echo got \${{ needs.a.outputs.word }}" }]
  a:
    runs-on: ubuntu-latest
    outputs: { word: "\${{ steps.say.outputs.word }}" }
    steps: [{ id: say, run: "echo word=hello >> $GITHUB_OUTPUT" }]
  b:
    needs: a
    runs-on: ubuntu-latest
    steps: [{ run: "true" }]
  c:
    needs: b
    runs-on: ubuntu-latest
    steps: [{ run: "true" }]
  after:
    needs: last
    runs-on: ubuntu-24.04-arm
    steps: [{ run: "echo $RUNNER_ARCH $GITHUB_REF_NAME" }]
`);
  const run = await project.run();
  expect(Object.keys(resultsOf(run))).toEqual(["a", "b", "c", "last", "after"]);
  expect(run.result).toBe("success");
  expect(jobOf(run, "last").log).toContain("got hello");
  expect(jobOf(run, "after").log).toContain("ARM64 main");
});
