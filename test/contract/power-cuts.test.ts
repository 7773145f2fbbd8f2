import { rm } from "node:fs/promises";
import { dirname } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { missingForPowerCuts } from "../support/crashes/disks.ts";
import { checkPowerCuts } from "../support/crashes/power-cuts.ts";

const cuts = 3;
const seed = Date.now() % 0x7fffffff;

// Mounting takes root, which is what the tests run as on Linux. `npm run crashes` is the long form.
describe.runIf(process.platform === "linux")(`on a disk whose power is cut, seed ${seed}`, () => {
  beforeAll(() => {
    expect(missingForPowerCuts()).toEqual([]);
  });

  test(`has all that was acknowledged, and all of it whole, after ${cuts} cuts`, async () => {
    const result = await checkPowerCuts({ seed, rounds: cuts });
    expect(result).toEqual({ rounds: cuts, acknowledged: result.acknowledged });
    expect(result.acknowledged).toBeGreaterThan(cuts);
  });

  // Else a registry that loses what it acknowledged could pass.
  test.each(["journal", "blobs"] as const)(
    "the check finds a registry that does not sync its %s",
    async (fault) => {
      const { violation } = await checkPowerCuts({ seed, rounds: 10, fault });
      expect(violation).toBeDefined();
      if (violation !== undefined) await rm(dirname(violation.kept), { recursive: true });
    },
  );
});
