import { expect, test } from "vitest";
import { jobOf, resultsOf } from "../../support/workflows/record.ts";
import { createWorkflowProject } from "../../support/workflows/workflow-project.ts";

const step = `{ run: "true" }`;

test("a job runs after those that it needs and sees their outputs", async () => {
  using project = createWorkflowProject(`
on: push
jobs:
  last:
    needs: [a, c]
    runs-on: ubuntu-latest
    steps: [{ run: "echo got \${{ needs.a.outputs.word }} \${{ needs.c.result }}" }]
  a:
    runs-on: ubuntu-latest
    outputs: { word: "\${{ steps.say.outputs.word }}" }
    steps: [{ id: say, run: "echo word=hello >> $GITHUB_OUTPUT" }]
  b: { needs: a, runs-on: ubuntu-latest, steps: [${step}] }
  c: { needs: b, runs-on: ubuntu-latest, steps: [${step}] }
  after:
    needs: last
    runs-on: ubuntu-24.04-arm
    steps: [{ run: "echo $RUNNER_ARCH $GITHUB_REF_NAME $GITHUB_JOB" }]
`);
  const run = await project.run();
  expect(Object.keys(resultsOf(run))).toEqual(["a", "b", "c", "last", "after"]);
  expect(run.result).toBe("success");
  expect(jobOf(run, "last").log).toContain("got hello success");
  expect(jobOf(run, "after").log).toContain("ARM64 main after");
});

test("a job that was skipped skips all after it, but for those whose `if` has a status function", async () => {
  using project = createWorkflowProject(`
on: push
jobs:
  skipped: { if: false, runs-on: x, steps: [${step}] }
  default: { needs: skipped, runs-on: x, steps: [${step}] }
  plain-if: { needs: skipped, if: "needs.skipped.result == 'skipped'", runs-on: x, steps: [${step}] }
  not-cancelled: { needs: skipped, if: "!cancelled()", runs-on: x, steps: [${step}] }
  always: { needs: skipped, if: "\${{ always() }}", runs-on: x, steps: [${step}] }
  after-always: { needs: always, runs-on: x, steps: [${step}] }
  failure: { needs: skipped, if: failure(), runs-on: x, steps: [${step}] }
`);
  const run = await project.run();
  expect(resultsOf(run)).toEqual({
    skipped: "skipped",
    default: "skipped",
    "plain-if": "skipped",
    "not-cancelled": "success",
    always: "success",
    // An ancestor was skipped, although the job that it needs was not.
    "after-always": "skipped",
    failure: "skipped",
  });
  expect(run.result).toBe("success");
});

test("a failure is seen by all jobs after it; continue-on-error hides it", async () => {
  using project = createWorkflowProject(`
on: push
jobs:
  red: { runs-on: x, steps: [{ run: "exit 3" }] }
  default: { needs: red, runs-on: x, steps: [${step}] }
  far: { needs: default, if: failure(), runs-on: x, steps: [${step}] }
  gate:
    needs: [red, default]
    if: always()
    runs-on: x
    steps:
      - env: { NEEDS: "\${{ toJSON(needs) }}" }
        run: printenv NEEDS
  tolerated: { continue-on-error: true, runs-on: x, steps: [{ run: "exit 1" }] }
  after-tolerated: { needs: tolerated, runs-on: x, steps: [${step}] }
`);
  const run = await project.run();
  expect(resultsOf(run)).toEqual({
    red: "failure",
    default: "skipped",
    far: "success",
    gate: "success",
    tolerated: "failure",
    "after-tolerated": "success",
  });
  expect(run.result).toBe("failure");
  const { log } = jobOf(run, "gate");
  expect(JSON.parse(log.slice(log.indexOf("{")))).toEqual({
    red: { result: "failure", outputs: {} },
    default: { result: "skipped", outputs: {} },
  });
  expect(jobOf(run, "red").annotations).toEqual([
    { level: "error", message: "Process completed with exit code 3." },
  ]);
});

test("an output that holds a secret is dropped, also in base64, and logs hide it", async () => {
  using project = createWorkflowProject(`
on: push
jobs:
  a:
    runs-on: x
    outputs:
      plain: "\${{ steps.say.outputs.plain }}"
      secret: "\${{ steps.say.outputs.secret }}"
      encoded: "\${{ steps.say.outputs.encoded }}"
      added: "\${{ steps.say.outputs.added }}"
    steps:
      - id: say
        env: { KEY: "\${{ secrets.KEY }}" }
        run: |
          echo "the key is $KEY"
          echo "::add-mask::late-secret"
          echo "plain=p" >> $GITHUB_OUTPUT
          echo "secret=x-$KEY" >> $GITHUB_OUTPUT
          echo "encoded=$(printf 'a:%s' "$KEY" | base64)" >> $GITHUB_OUTPUT
          echo "added=late-secret" >> $GITHUB_OUTPUT
`);
  const run = await project.run(undefined, { secrets: { KEY: "correct-horse" } });
  const a = jobOf(run, "a");
  expect(a.outputs).toEqual({ plain: "p" });
  expect(a.log).toContain("the key is ***");
  expect(a.log).not.toContain("correct-horse");
  expect(a.annotations.map(({ message }) => message)).toEqual(
    ["secret", "encoded", "added"].map(
      (name) => `Skip output '${name}' since it may contain secret.`,
    ),
  );
});

test("outputs over 1 MB, counted in UTF-16, fail the job", async () => {
  using project = createWorkflowProject(`
on: push
jobs:
  a:
    runs-on: x
    outputs: { big: "\${{ steps.say.outputs.big }}" }
    steps: [{ id: say, run: "printf 'big=%0600000d' 0 >> $GITHUB_OUTPUT" }]
`);
  expect(resultsOf(await project.run())).toEqual({ a: "failure" });
});
