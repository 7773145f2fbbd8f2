import { expect, test } from "vitest";
import { jobOf, resultsOf } from "../../support/workflows/record.ts";
import type { Moment } from "../../support/workflows/run-state.ts";
import { createWorkflowProject } from "../../support/workflows/workflow-project.ts";

const atLine =
  (line: string) =>
  (moment: Moment): boolean =>
    moment.line === line;

const after = `
  default: { needs: a, runs-on: x, steps: [{ run: "true" }] }
  not-cancelled: { needs: a, if: "!cancelled()", runs-on: x, steps: [{ run: "true" }] }
  gate: { needs: a, if: always(), runs-on: x, steps: [{ run: "echo \${{ needs.a.result }}" }] }
`;

test("a cancelled step gets SIGINT first; always() and cancelled() steps still run", async () => {
  using project = createWorkflowProject(`
on: push
jobs:
  a:
    runs-on: x
    steps:
      - { name: slow, run: "trap 'echo interrupted; exit 0' INT; echo ready; for i in $(seq 200); do sleep 0.05; done" }
      - { name: next, run: "true" }
      - { name: always, if: always(), run: "echo \${{ job.status }}" }
      - { name: cancelled, if: cancelled(), run: "true" }
      - { name: failure, if: failure(), run: "true" }
${after}`);
  const run = await project.run(undefined, { cancelAt: atLine("ready") });
  const a = jobOf(run, "a");
  expect(a.log).toContain("interrupted");
  expect(a.steps.map(({ name, outcome }) => [name, outcome])).toEqual([
    ["slow", "cancelled"],
    ["next", "skipped"],
    ["always", "success"],
    ["cancelled", "success"],
    ["failure", "skipped"],
  ]);
  expect(resultsOf(run)).toEqual({
    a: "cancelled",
    default: "skipped",
    "not-cancelled": "skipped",
    gate: "success",
  });
  expect(jobOf(run, "gate").log).toContain("\ncancelled");
  expect(run.result).toBe("cancelled");
});

test("a process that ignores SIGINT gets SIGTERM, and one that ignores both is killed", async () => {
  const one = (traps: string): string => `
on: push
jobs:
  a:
    runs-on: x
    steps: [{ shell: "node {0}", run: "${traps}; console.log('ready'); setInterval(() => {}, 1000)" }]
`;
  const ignoring = "process.on('SIGINT', () => console.log('int'))";
  const options = { cancelAt: atLine("ready"), timeScale: 0.02 };

  using polite = createWorkflowProject(
    one(`${ignoring}; process.on('SIGTERM', () => { console.log('term'); process.exit() })`),
  );
  const ended = jobOf(await polite.run(undefined, options), "a");
  expect(ended.log).toMatch(/ready\nint\nterm$/);

  using stubborn = createWorkflowProject(
    one(`${ignoring}; process.on('SIGTERM', () => console.log('term'))`),
  );
  const killed = jobOf(await stubborn.run(undefined, options), "a");
  expect(killed.log).toMatch(/ready\nint\nterm$/);
  expect(killed.result).toBe("cancelled");
});

test("a job whose `if` still holds goes on, the rest of a matrix is cancelled", async () => {
  using project = createWorkflowProject(`
on: push
jobs:
  stays:
    if: always()
    runs-on: x
    steps: [{ run: "echo leg 0; sleep 0.2; echo end" }, { run: "true" }]
  legs:
    strategy: { matrix: { leg: [1, 2] } }
    runs-on: x
    steps: [{ run: "echo leg \${{ matrix.leg }}; sleep 20" }]
`);
  const first = await project.run(undefined, { cancelAt: atLine("leg 0"), timeScale: 0.01 });
  expect(jobOf(first, "stays").log).toContain("\nend");
  expect(resultsOf(first)).toEqual({ stays: "success", legs: "skipped" });

  const second = await project.run(undefined, { cancelAt: atLine("leg 1"), timeScale: 0.01 });
  expect(resultsOf(second)).toEqual({
    stays: "success",
    "legs (1)": "cancelled",
    "legs (2)": "cancelled",
  });
});
