import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { renderReusable, workflowFile } from "../../scripts/workflows.ts";

it("the reusable workflow is the one that the generator makes for any config", () => {
  // Run `npx tsx scripts/workflows.ts` if it is not.
  expect(readFileSync(workflowFile, "utf8")).toBe(renderReusable());
});
