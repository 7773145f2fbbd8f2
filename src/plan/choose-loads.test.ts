import { describe, expect, test } from "vitest";
import { planOf } from "../../test/support/plans.ts";
import { chooseLoads } from "./choose-loads.ts";
import { keepHere } from "./caches/keep-here.ts";

const plan = planOf({
  cache: { host: "ghcr.io", path: "acme/cache" },
  targets: ["ghcr.io/acme/{name}", "quay.io/acme/{name}"],
  platforms: ["linux/amd64", "linux/arm64"],
  variants: ["server", "worker"],
  tags: [
    { tag: "main", order: "ancestry" },
    { tag: "1.0.0", order: "semver" },
  ],
});
const choice = { engine: { os: "linux", architecture: "arm64" }, folder: "My App" };

function chosen(named: readonly string[], legs = plan.legs) {
  const { loads, without } = chooseLoads(plan, legs, { ...choice, named });
  return { loads: loads.map(({ leg, names }) => [leg.id, ...names]), without };
}

describe("what is loaded", () => {
  test("is each variant's leg of Docker's platform, under all of its published names", () => {
    expect(chosen([])).toEqual({
      loads: ["server", "worker"].map((name) => [
        `${name}/linux/arm64`,
        `ghcr.io/acme/${name}:main`,
        `ghcr.io/acme/${name}:1.0.0`,
        `quay.io/acme/${name}:main`,
        `quay.io/acme/${name}:1.0.0`,
      ]),
      without: [],
    });
  });

  test("is a leg of another platform if its id is named", () => {
    const legs = plan.legs.filter(({ id }) => id === "server/linux/amd64");
    expect(chosen(["server/linux/amd64"], legs).loads.map(([id]) => id)).toEqual([
      "server/linux/amd64",
    ]);
  });

  test("has the names of the config's targets when they are kept on this machine", () => {
    const kept = keepHere(plan, "127.0.0.1:20001");
    const { loads } = chooseLoads(kept, kept.legs, { ...choice, named: [] });
    expect(loads[0]?.names[0]).toBe("ghcr.io/acme/server:main");
  });

  test("is named after the folder and the variant if it is not published", () => {
    const bare = { ...plan, variants: plan.variants.map((one) => ({ ...one, targets: [] })) };
    const { loads } = chooseLoads(bare, bare.legs, { ...choice, named: [] });
    expect(loads.map(({ names }) => names)).toEqual([
      ["my-app-server:latest"],
      ["my-app-worker:latest"],
    ]);
  });

  test("leaves out variants without a leg for Docker, unless they are named", () => {
    const legs = plan.legs.filter(({ id }) => id !== "worker/linux/arm64");
    expect(chosen([], legs)).toMatchObject({ without: ["worker"] });
    expect(() => chosen(["worker"], legs)).toThrow(
      expect.objectContaining({
        message: "worker has no leg for linux/arm64, the platform of Docker",
        hint: "to load one for another platform, pass its leg: worker/linux/amd64",
      }),
    );
  });

  test("is not two legs of one name", () => {
    expect(() => chosen(["server/linux/amd64", "server/linux/arm64"])).toThrow(
      "server/linux/amd64 and server/linux/arm64 would be loaded under the same name",
    );
  });
});
