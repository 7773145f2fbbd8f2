import { expect, test } from "vitest";
import { expandMatrix } from "../../support/workflows/jobs/matrix.ts";
import { jobOf, resultsOf } from "../../support/workflows/record.ts";
import { createWorkflowProject } from "../../support/workflows/workflow-project.ts";

test("include joins the combinations whose values it keeps, and is one of its own otherwise", () => {
  expect(
    expandMatrix({
      image: ["server", "worker"],
      arch: ["amd64", "arm64"],
      exclude: [{ image: "worker", arch: "arm64" }],
      include: [
        { cold: true },
        { image: "server", cold: false },
        { image: "server", arch: "arm64", runner: "arm" },
        { image: "proxy" },
        { image: "proxy", arch: "s390x" },
      ],
    }),
  ).toEqual([
    { image: "server", arch: "amd64", cold: false },
    { image: "server", arch: "arm64", cold: false, runner: "arm" },
    { image: "worker", arch: "amd64", cold: true },
    { image: "proxy" },
    { image: "proxy", arch: "s390x" },
  ]);
});

test("a matrix without jobs or with more than 256 is refused", () => {
  expect(() => expandMatrix({ include: [] })).toThrow("at least one vector");
  expect(() => expandMatrix({ leg: [] })).toThrow(
    "Matrix vector 'leg' does not contain any values",
  );
  const include = Array.from({ length: 257 }, (_, leg) => ({ leg }));
  expect(expandMatrix({ include: include.slice(1) })).toHaveLength(256);
  expect(() => expandMatrix({ include })).toThrow("257 jobs, more than 256");
});

test("a matrix comes from an output, and an empty one that its `if` skips is no error", async () => {
  using project = createWorkflowProject(`
on: push
jobs:
  plan:
    runs-on: x
    outputs: { matrices: "\${{ steps.plan.outputs.matrices }}" }
    steps:
      - id: plan
        run: |
          echo 'matrices=[{"include":[{"leg":"a","runner":"r1"},{"leg":"b","runner":"r2"}]},{"include":[]}]' >> $GITHUB_OUTPUT
  build-1:
    needs: plan
    if: \${{ !cancelled() && needs.plan.result == 'success' && fromJSON(needs.plan.outputs.matrices)[0].include[0] }}
    strategy: { fail-fast: false, matrix: "\${{ fromJSON(needs.plan.outputs.matrices)[0] }}" }
    runs-on: \${{ matrix.runner }}
    steps: [{ run: "echo \${{ matrix.leg }} of \${{ strategy.job-total }}" }]
  build-2:
    needs: [plan, build-1]
    if: \${{ !cancelled() && needs.plan.result == 'success' && fromJSON(needs.plan.outputs.matrices)[1].include[0] }}
    strategy: { matrix: "\${{ fromJSON(needs.plan.outputs.matrices)[1] }}" }
    runs-on: \${{ matrix.runner }}
    steps: [{ run: "true" }]
  empty:
    needs: plan
    strategy: { matrix: "\${{ fromJSON(needs.plan.outputs.matrices)[1] }}" }
    runs-on: x
    steps: [{ run: "true" }]
`);
  const run = await project.run();
  expect(resultsOf(run)).toEqual({
    plan: "success",
    "build-1 (a, r1)": "success",
    "build-1 (b, r2)": "success",
    "build-2": "skipped",
    empty: "failure",
  });
  expect(jobOf(run, "build-1 (b, r2)").runsOn).toEqual(["r2"]);
  expect(jobOf(run, "build-1 (b, r2)").log).toContain("b of 2");
});

test("a failed job of a matrix cancels the rest unless fail-fast is off; the last output wins", async () => {
  const job = (more: string): string => `
    runs-on: x
    outputs: { leg: "\${{ steps.a.outputs.leg }}" }
    steps:
      - { id: a, run: "echo leg=\${{ matrix.leg == 3 && 'third' || '' }} >> $GITHUB_OUTPUT" }
      - { run: "exit \${{ matrix.leg == 2 && 1 || 0 }}" }
    strategy: { matrix: { leg: [1, 2, 3, 4] }, max-parallel: 2${more} }`;
  using project = createWorkflowProject(`
on: push
jobs:
  fast:${job("")}
  slow:${job(", fail-fast: false")}
  after: { needs: [fast, slow], if: always(), runs-on: x, steps: [{ run: "echo \${{ needs.slow.outputs.leg }} \${{ needs.slow.result }} \${{ needs.fast.result }}" }] }
`);
  const run = await project.run();
  expect(resultsOf(run)).toEqual({
    "fast (1)": "success",
    "fast (2)": "failure",
    "fast (3)": "cancelled",
    "fast (4)": "cancelled",
    "slow (1)": "success",
    "slow (2)": "failure",
    "slow (3)": "success",
    "slow (4)": "success",
    after: "success",
  });
  expect(jobOf(run, "after").log).toContain("third failure failure");
});
