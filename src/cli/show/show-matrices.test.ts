import { expect, it } from "vitest";
import { testIo } from "../../../test/support/io.ts";
import { planOf } from "../../../test/support/plans.ts";
import { RegistryClient } from "../../registry/client.ts";
import { anonymous } from "../../registry/auth/credentials.ts";
import { showMatrices } from "./show-matrices.ts";

function planned(count: number) {
  const plan = planOf({
    cache: { host: "ghcr.io", path: "c" },
    targets: [],
    platforms: ["linux/amd64"],
    variants: Array.from({ length: count }, (_, index) => `v${index}`),
  });
  const legs = plan.legs.map((leg) => ({
    ...leg,
    action: "build" as const,
    staged: null,
    runner: "ubuntu",
  }));
  return { ...plan, legs, warnings: ["\u001b[31mred"] };
}

it("prints one matrix per line, and the plan's warnings on stderr", async () => {
  const { io, out, err } = testIo();
  await using client = new RegistryClient({ credentials: anonymous });
  await showMatrices(planned(2), { client }, { shards: 2 }, io);
  expect(
    out()
      .split("\n")
      .slice(0, -1)
      .map((line): unknown => JSON.parse(line)),
  ).toEqual(
    ["v0", "v1"].map((variant) => ({
      include: [
        { leg: `${variant}/linux/amd64`, variant, platform: "linux/amd64", runner: "ubuntu" },
      ],
    })),
  );
  expect(err()).toBe("warning: red\n");
});

it("warns if the matrices are more than one job can pass on", async () => {
  const { io, out, err } = testIo();
  await using client = new RegistryClient({ credentials: anonymous });
  await showMatrices(planned(6000), { client }, {}, io);
  expect(out().split("\n")).toHaveLength(25);
  expect(err()).toContain("the GitHub limit for the output of one job");
});
