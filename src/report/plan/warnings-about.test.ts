import { expect, it } from "vitest";
import { planOf } from "../../../test/support/plans.ts";
import { parseRepository } from "../../oci/reference.ts";
import { warningsAbout } from "./warnings-about.ts";

const made = planOf({
  cache: parseRepository("r.io/cache"),
  targets: [],
  platforms: ["linux/amd64", "linux/arm64"],
  variants: ["app", "app2"],
});
const legs = made.legs.map((leg) => ({
  ...leg,
  build: { ...leg.build, dockerfile: `${leg.variant}/Dockerfile` },
  unpinned: ["golang:1", `${leg.variant}-base:1`],
}));
const about = (name: string): readonly string[] => [
  `${name}: x is not pinned: 401`,
  `${name}: it uses r.io/lib:1 (${name}/Dockerfile:1), which lib publishes`,
  `${name}/linux/amd64: the cache is empty`,
  `${name}/Dockerfile:3: an empty continuation line`,
  `${name}-base:1 is not pinned: 404`,
];
const shared = ["golang:1 is not pinned: 401", "alpine:3 is not pinned: 404", "the cache is full"];

it("leaves out what is about legs that are not chosen", () => {
  const plan = { legs, warnings: [...about("app"), ...shared, ...about("app2")] };
  expect(warningsAbout(plan, ["app/linux/amd64"])).toEqual([...about("app"), ...shared]);
  expect(warningsAbout(plan, ["app/linux/arm64"])).toEqual([
    ...about("app").filter((text) => !text.startsWith("app/linux/amd64")),
    ...shared,
  ]);
  expect(warningsAbout(plan, [])).toEqual(shared.slice(1));
  expect(
    warningsAbout(
      plan,
      legs.map(({ id }) => id),
    ),
  ).toEqual(plan.warnings);
});
