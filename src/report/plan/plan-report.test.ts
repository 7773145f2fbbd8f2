import { expect, it } from "vitest";
import { planOf } from "../../../test/support/plans.ts";
import { digestOf } from "../../oci/digest.ts";
import { parseRepository } from "../../oci/reference.ts";
import type { Plan, PlannedLeg } from "../../plan/plan.ts";
import { withoutMarks } from "../terminal/style.ts";
import { renderPlan } from "./plan-report.ts";

const input = { digest: digestOf("input"), parts: { "arg:A": "1", platform: "linux/amd64" } };
const shown = input.digest.slice("sha256:".length, "sha256:".length + 12);

function plan(changes: Partial<Plan> = {}, leg: Partial<PlannedLeg> = {}): Plan {
  const cache = parseRepository("r.io/cache");
  const made = planOf({ cache, targets: [], platforms: ["linux/amd64", "linux/arm64"] });
  const [amd, arm] = made.legs;
  if (amd === undefined || arm === undefined) throw new Error("a plan of two legs");
  const action = "build";
  const reason = "no leg with these inputs is staged";
  return {
    ...made,
    legs: [
      { ...amd, input, action, reason, ...leg },
      { ...arm, input },
    ],
    ...changes,
  };
}

it("many reused legs share a line, and the table fits the page", () => {
  const { legs, ...rest } = plan();
  const [build, reuse] = legs;
  if (build === undefined || reuse === undefined) throw new Error("a plan without legs");
  const many = Array.from({ length: 299 }, (_, at) => ({ ...reuse, id: `v${at}/linux/arm64` }));
  const text = renderPlan(
    { ...rest, legs: [...many, build] },
    { explain: false, page: { columns: 60 } },
  );
  expect(withoutMarks(text).split("\n").slice(0, 5)).toEqual([
    "LEG              ACTION  INPUTS        WHY",
    `app/linux/amd64  build   ${shown}  no leg with these in…`,
    "299 legs         reuse                 it is staged",
    "",
    "300 legs: 1 to build, 299 already staged",
  ]);
});

it("has a line for each leg, a count of what to do, and the trust", () => {
  expect(withoutMarks(renderPlan(plan(), { explain: false })).split("\n")).toEqual([
    `LEG              ACTION  ${"INPUTS".padEnd(12)}  WHY`,
    `app/linux/amd64  build   ${shown}  no leg with these inputs is staged`,
    `app/linux/arm64  reuse   ${shown}  it is staged`,
    "",
    "2 legs: 1 to build, 1 already staged",
    "trust: trusted (a test)",
  ]);
});

it("prints the epoch and the warnings, if there are any", () => {
  const changes = { epoch: { arg: "REFRESH", value: "2026-W47" }, warnings: ["one", "two"] };
  expect(renderPlan(plan(changes), { explain: false }).split("\n").slice(-3)).toEqual([
    "epoch: 2026-W47 (REFRESH)",
    "warning: one",
    "warning: two",
  ]);
});

it("prints warnings of one kind in one line", () => {
  const warnings = ["app/linux/amd64: one", "app/linux/arm64: one", "two"];
  expect(renderPlan(plan({ warnings }), { explain: false }).split("\n").slice(-2)).toEqual([
    "warning: one (2 legs: app/linux/amd64, app/linux/arm64)",
    "warning: two",
  ]);
});

it("prints what will make builds fail, with the variants that it concerns", () => {
  const failure = { file: "Dockerfile", line: 3, message: "COPY a will fail", hint: "try b" };
  const expectedFailures = [
    { ...failure, legs: ["app/linux/amd64", "app/linux/arm64"] },
    { ...failure, hint: null, legs: ["app/linux/arm64"] },
  ];
  const text = renderPlan(plan({ expectedFailures }), { explain: false });
  // The other leg is not built.
  expect(text.split("\n").slice(-1)).toEqual([
    "warning: app: Dockerfile:3: COPY a will fail (try b)",
  ]);
});

it("explains each leg: its staged name, its caches and its inputs", () => {
  const cache: PlannedLeg["cache"] = {
    from: [{ type: "gha", attributes: { scope: "s" } }],
    to: [{ type: "registry", attributes: { ref: "r.io/cache:c", mode: "max" } }],
  };
  const told = renderPlan(plan({}, { cache }), { explain: true });
  const [, explained = ""] = told.split("trust: trusted (a test)\n\n");
  const [first, second] = explained.split("\n\n");
  expect(first?.split("\n")).toEqual([
    "app/linux/amd64: build, because no leg with these inputs is staged",
    expect.stringMatching(/^ {2}staged as r\.io\/cache:leg-app-amd64-[0-9a-f]{40}$/),
    "  caches",
    "    reads   type=gha,scope=s",
    "    writes  type=registry,ref=r.io/cache:c,mode=max",
    `  inputs ${input.digest}`,
    "    arg:A = 1",
    "    platform = linux/amd64",
  ]);
  expect(second).toContain("  caches\n    none\n");
});

it("prints no staged name for a leg that cannot be staged", () => {
  expect(renderPlan(plan({}, { staged: null }), { explain: true })).not.toContain("leg-app-amd64");
});
