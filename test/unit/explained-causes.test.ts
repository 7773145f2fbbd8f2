import { expect, it } from "vitest";
import { digestOf } from "../../src/oci/digest.ts";
import { parseRepository } from "../../src/oci/reference.ts";
import type { LegExplanation } from "../../src/pipeline/explain/explain-leg.ts";
import { whyBuilds } from "../../src/pipeline/explain/why-builds.ts";
import type { BuildRecord } from "../../src/pipeline/records/build-record.ts";
import { groupByCause } from "../../src/report/explain/explain-groups.ts";
import { planOf } from "../support/plans.ts";
import { buildRecord } from "../support/records.ts";

/* Legs are grouped by the texts of their causes, as `explain` finds them. */

const plan = planOf({
  cache: parseRepository("r.example.com/app/cache"),
  targets: [],
  platforms: ["linux/amd64"],
  variants: Array.from({ length: 12 }, (_, at) => `v${at}`),
});

/** Each leg's last build is a minute after that of the leg before. */
function explained(make: (record: BuildRecord, input: BuildRecord["input"]) => BuildRecord) {
  return plan.legs.map((planned, at): LegExplanation => {
    const leg = { ...planned, action: "build", bypass: "none", reason: "not staged" } as const;
    const startedAt = `2026-11-29T08:${10 + at}:00Z`;
    const record = make(buildRecord({ leg: leg.id, startedAt, cache: "r/c:x" }), leg.input);
    const log = { records: [record], problem: undefined };
    const { changes, causes } = whyBuilds(plan, leg, { logged: [record], local: [record], log });
    return {
      ...{ leg: leg.id, action: "build", summary: "", inputs: null, last: null },
      causes: causes(changes.map((change) => ({ ...change, files: [] }))),
      ...{ caches: [], notes: [] },
    };
  });
}

const failure = { step: "RUN make", error: "exit code: 2" };
const other = { digest: digestOf("other"), parts: {} };

it.each<[string, Parameters<typeof explained>[0]]>([
  ["changed inputs", (record) => ({ ...record, input: other })],
  ["a failure", (record, input) => ({ ...record, input, result: "failed", failure })],
  ["a deleted leg", (record, input) => ({ ...record, input })],
])("%s of several legs are one cause, whenever they were built", (_, make) => {
  const legs = explained(make);
  expect(legs[0]?.causes[0]?.text).toMatch(/2026-11-29 08:10/);
  expect(groupByCause(legs)).toHaveLength(1);
});
