import { expect, it } from "vitest";
import { planOf } from "../../../test/support/plans.ts";
import { scriptedRegistry } from "../../../test/support/scripted-client.ts";
import { RegistryError } from "../../errors.ts";
import { resolveStaged } from "./resolve-leg.ts";
import { notStaged } from "./staged-leg-error.ts";

/** Resolves a leg with a preview if requests to `cache` and `previews` have these statuses. */
async function resolve(cache: number, previews: number, action: "build" | "reuse") {
  await using registry = await scriptedRegistry(({ url }) => ({
    status: url.startsWith("/v2/cache/") ? cache : previews,
  }));
  const { host, client } = registry;
  const plan = planOf({ cache: { host, path: "cache" }, targets: [], platforms: ["linux/amd64"] });
  const [leg] = plan.legs.map((one) => ({ ...one, action, preview: `${host}/previews:pr-7--leg` }));
  if (leg === undefined) throw new Error("no leg");
  const error: unknown = await resolveStaged(client, leg).catch((thrown: unknown) => thrown);
  return { error, preview: leg.preview, staged: leg.staged?.leg ?? "" };
}

it("says of a leg that is staged nowhere where the plan expects it", async () => {
  const built = await resolve(404, 404, "build");
  expect(built.error).toEqual(notStaged("app/linux/amd64", built.preview));
  const reused = await resolve(404, 404, "reuse");
  expect(reused.error).toEqual(notStaged("app/linux/amd64", reused.staged));
});

it("does not say that a leg is not staged if one of the registries cannot be read", async () => {
  for (const { error } of [await resolve(403, 404, "build"), await resolve(404, 403, "reuse")]) {
    expect(error).toBeInstanceOf(RegistryError);
    expect(error).toMatchObject({ status: 403 });
  }
});
