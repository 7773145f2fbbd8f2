import { expect, test } from "vitest";
import { jobOf, resultsOf, type RunRecord } from "../../support/workflows/record.ts";
import { createWorkflowProject } from "../../support/workflows/workflow-project.ts";

const workflow = `
on: push
jobs:
  plan:
    runs-on: x
    outputs: { at: "\${{ steps.a.outputs.at }}" }
    steps:
      - { id: a, run: "echo at=attempt-$GITHUB_RUN_ATTEMPT >> $GITHUB_OUTPUT; echo kept > plan.json" }
      - { uses: actions/upload-artifact@v7, with: { name: plan, path: plan.json } }
  build:
    needs: plan
    strategy: { fail-fast: false, matrix: { leg: [a, b] } }
    runs-on: x
    steps:
      - { uses: actions/download-artifact@v8, with: { name: plan } }
      - { run: "cat plan.json; echo \${{ needs.plan.outputs.at }}; [ \${{ matrix.leg }} = a ] || [ -n '\${{ vars.FIXED }}' ]" }
  other: { needs: plan, runs-on: x, steps: [{ run: "true" }] }
  off: { if: false, runs-on: x, steps: [{ run: "true" }] }
  gate: { needs: [build, other, off], if: always(), runs-on: x, steps: [{ run: "echo \${{ needs.build.result }}" }] }
`;

function attempts(run: RunRecord): Readonly<Record<string, number>> {
  return Object.fromEntries(run.jobs.map(({ name, attempt }) => [name, attempt]));
}

test("a re-run builds the failed leg alone, with the outputs and artifacts of before", async () => {
  using project = createWorkflowProject(workflow);
  const first = await project.run();
  expect(resultsOf(first)).toEqual({
    plan: "success",
    "build (a)": "success",
    "build (b)": "failure",
    other: "success",
    off: "skipped",
    gate: "success",
  });
  const second = await project.rerun(first, { vars: { FIXED: "1" } });
  expect(attempts(second)).toEqual({
    plan: 1,
    "build (a)": 1,
    "build (b)": 2,
    other: 1,
    off: 1,
    gate: 2,
  });
  expect(jobOf(second, "build (b)").log).toContain("\nkept\nattempt-1");
  expect(jobOf(second, "gate").log).toContain("\nsuccess");
  expect(second.result).toBe("success");
  expect(second.trigger.sha).toBe(first.trigger.sha);
});

test("a job that failed takes all that need it with it, jobs of called workflows included", async () => {
  using project = createWorkflowProject(
    `
on: push
jobs:
  images: { uses: ./.github/workflows/called.yml }
  after: { needs: images, if: always(), runs-on: x, steps: [{ run: "true" }] }
`,
    {
      ".github/workflows/called.yml": `
on: { workflow_call: {} }
jobs:
  good: { runs-on: x, steps: [{ run: "true" }] }
  bad: { runs-on: x, steps: [{ run: "[ $GITHUB_RUN_ATTEMPT = 2 ]" }] }
  needs-bad: { needs: [good, bad], runs-on: x, steps: [{ run: "true" }] }
`,
    },
  );
  const first = await project.run();
  expect(resultsOf(first)["images / needs-bad"]).toBe("skipped");
  const second = await project.rerun(first);
  expect(attempts(second)).toEqual({
    "images / good": 1,
    "images / bad": 2,
    "images / needs-bad": 2,
    after: 2,
  });
  expect(second.result).toBe("success");
});
