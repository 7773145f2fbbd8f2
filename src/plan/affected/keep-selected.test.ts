import { expect, it } from "vitest";
import { keepSelected } from "./keep-selected.ts";

it("keeps what is affected, what is not, and what was removed, of the selected legs", () => {
  const leg = (id: string) => ({
    id,
    variant: id.split("/")[0] ?? "",
    platform: "linux/amd64",
    why: "changed" as const,
    changed: [],
    reason: "",
  });
  const found = {
    legs: [leg("api/linux/amd64"), leg("web/linux/amd64")],
    unaffected: ["api-2/linux/amd64", "tool/linux/amd64"],
    removed: ["api-old/linux/amd64", "web/linux/arm64"],
  };
  const kept = keepSelected(found, { names: ["api*"] });
  expect(kept).toEqual({
    legs: [leg("api/linux/amd64")],
    unaffected: ["api-2/linux/amd64"],
    removed: ["api-old/linux/amd64"],
  });
  expect(keepSelected(found, { names: [] })).toEqual(found);
  expect(() => keepSelected(found, { names: ["api-old"] })).toThrow("the config has no leg");
});
