import { expect, it } from "vitest";
import { testIo } from "../../../test/support/io.ts";
import { planOf } from "../../../test/support/plans.ts";
import { parseRepository } from "../../oci/reference.ts";
import { showPlan } from "./show-plan.ts";

const cache = parseRepository("ghcr.io/acme/cache");
const warning = "busybox:1 is not pinned: \u001b[31m##[error]told by a registry";
const plan = {
  ...planOf({ cache, targets: [], platforms: ["linux/amd64"] }),
  warnings: [warning],
};

it("makes text from a registry harmless in the table", () => {
  const { io, out } = testIo();
  showPlan(plan, { json: false }, io);
  expect(out().split("\n").at(-2)).toBe(
    "warning: busybox:1 is not pinned: # #[error]told by a registry",
  );
});

it("prints the whole plan as JSON, unchanged", () => {
  const { io, out } = testIo();
  showPlan(plan, { json: true }, io);
  expect(JSON.parse(out())).toMatchObject({ schema: "layerkeep.plan.v1", warnings: [warning] });
});
