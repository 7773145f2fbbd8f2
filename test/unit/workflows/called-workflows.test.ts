import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { jobOf, resultsOf } from "../../support/workflows/record.ts";
import { createWorkflowProject } from "../../support/workflows/workflow-project.ts";

const called = `
on:
  workflow_call:
    inputs:
      config: { type: string, default: layerkeep.yml }
      jobs: { type: number, required: true }
      cold: { type: boolean }
    secrets: { logins: { required: true }, other: {} }
    outputs: { images: { value: "\${{ jobs.publish.outputs.images }}" } }
jobs:
  plan:
    runs-on: x
    outputs: { legs: "\${{ steps.a.outputs.legs }}" }
    steps: [{ id: a, run: "echo 'legs=[1,2]' >> $GITHUB_OUTPUT; echo $GITHUB_EVENT_NAME [$CALLER]" }]
  build:
    needs: plan
    strategy: { matrix: { leg: "\${{ fromJSON(needs.plan.outputs.legs) }}" } }
    runs-on: x
    steps: [{ run: "echo \${{ inputs.config }} \${{ inputs.jobs }} \${{ inputs.cold }} [\${{ secrets.logins }}] [\${{ secrets.other }}]" }]
  publish:
    needs: build
    runs-on: x
    outputs: { images: "\${{ steps.a.outputs.images }}" }
    steps: [{ id: a, run: "echo images=all >> $GITHUB_OUTPUT" }]
`;

const caller = (call: string): string => `
on: push
env: { CALLER: env }
permissions: { contents: read, packages: write }
jobs:
  images: { ${call} }
  after: { needs: images, runs-on: x, steps: [{ run: "echo \${{ needs.images.outputs.images }}" }] }
`;
const uses = "uses: ./.github/workflows/called.yml";
const withs = "with: { jobs: 2 }";
const secrets = { LOGINS: "quay.io me secret" };

function project(call: string, workflow = called) {
  return createWorkflowProject(caller(call), { ".github/workflows/called.yml": workflow });
}

test("a called workflow gets inputs, secrets and no env, and gives outputs", async () => {
  using repository = project(`${uses}, ${withs}, secrets: { logins: "\${{ secrets.LOGINS }}" }`);
  const run = await repository.run(undefined, { secrets });
  expect(resultsOf(run)).toEqual({
    "images / plan": "success",
    "images / build (1)": "success",
    "images / build (2)": "success",
    "images / publish": "success",
    after: "success",
  });
  expect(jobOf(run, "images / plan").log).toContain("push []");
  expect(jobOf(run, "images / build (1)").log).toContain("layerkeep.yml 2 false [***] []");
  expect(jobOf(run, "images / build (1)").permissions).toEqual({
    contents: "read",
    packages: "write",
  });
  expect(jobOf(run, "after").log).toContain("\nall");
});

test("secrets: inherit hands on all of them", async () => {
  using repository = project(
    `${uses}, ${withs}, secrets: inherit`,
    called.replace("secrets.other", "secrets.LOGINS"),
  );
  const run = await repository.run(undefined, { secrets });
  expect(jobOf(run, "images / build (1)").log).toContain("[***] [***]");
});

test("a failed job of a called workflow fails its caller's job", async () => {
  using repository = project(
    `${uses}, ${withs}, secrets: inherit`,
    called.replace(`echo images=all >> $GITHUB_OUTPUT`, "exit 1"),
  );
  const run = await repository.run(undefined, { secrets });
  expect(resultsOf(run)).toMatchObject({ "images / publish": "failure", after: "skipped" });
});

test("one of another repository runs from its folder, and calls its own neighbours", async () => {
  using repository = createWorkflowProject(`
on: push
jobs: { images: { uses: layerkeep/layerkeep/.github/workflows/images.yml@v0.1.0 } }
`);
  const folder = join(repository.outside, "layerkeep");
  mkdirSync(join(folder, ".github/workflows"), { recursive: true });
  const write = (name: string, jobs: string): void =>
    writeFileSync(
      join(folder, ".github/workflows", name),
      `on: { workflow_call: {} }\njobs: ${jobs}`,
    );
  write("images.yml", `{ inner: { uses: ./.github/workflows/inner.yml } }`);
  write("inner.yml", `{ a: { runs-on: x, steps: [{ run: "echo $GITHUB_REPOSITORY" }] } }`);
  const run = await repository.run(undefined, {
    repositories: { "layerkeep/layerkeep": folder },
  });
  expect(jobOf(run, "images / inner / a").log).toContain("acme/app");
});

describe("GitHub does not start a call", () => {
  test.each([
    [
      "of a file that does not exist",
      "uses: ./.github/workflows/none.yml",
      called,
      "does not exist",
    ],
    ["without a required secret", `${uses}, ${withs}`, called, "secret logins is required"],
    [
      "with a secret that is not declared",
      `${uses}, ${withs}, secrets: { logins: a, more: b }`,
      called,
      "secret more is not defined",
    ],
    [
      "of a workflow without workflow_call",
      `${uses}, ${withs}, secrets: inherit`,
      `on: push\njobs: { a: { runs-on: x, steps: [{ run: "true" }] } }`,
      "has no workflow_call",
    ],
    [
      "whose jobs ask for more than the caller has",
      `${uses}, ${withs}, secrets: inherit, permissions: { contents: read }`,
      called.replace(
        "    needs: build\n",
        "    needs: build\n    permissions: { packages: write }\n",
      ),
      "job publish is requesting packages: write",
    ],
  ])("%s", async (_, call, workflow, message) => {
    using repository = project(call, workflow);
    await expect(repository.run(undefined, { secrets })).rejects.toThrow(message);
  });

  test("and a missing input fails its job", async () => {
    using repository = project(`${uses}, secrets: inherit`);
    const run = await repository.run(undefined, { secrets });
    expect(jobOf(run, "images").annotations[0]?.message).toBe("input jobs is required");
  });
});
