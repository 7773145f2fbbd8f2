import { expect, it } from "vitest";
import { renderBuildkitToml, renderDaemonJson } from "./gc-policy.ts";

it("renders a disk budget as rules, in either format", () => {
  const toml = renderBuildkitToml({ disk: 100e9 });
  expect(toml).toBe(`[worker.oci]
  gc = true
  [[worker.oci.gcpolicy]]
    filters = ["type==source.local"]
    keepDuration = "48h"
    reservedSpace = 5000000000
  [[worker.oci.gcpolicy]]
    filters = ["type==source.git.checkout"]
    keepDuration = "48h"
    reservedSpace = 5000000000
  [[worker.oci.gcpolicy]]
    keepDuration = "1440h"
    reservedSpace = 25000000000
  [[worker.oci.gcpolicy]]
    reservedSpace = 25000000000
    maxUsedSpace = 100000000000
  [[worker.oci.gcpolicy]]
    all = true
    reservedSpace = 25000000000
    maxUsedSpace = 100000000000
`);
  expect(JSON.parse(renderDaemonJson({ disk: 10e9, minFree: 2e9 }))).toMatchObject({
    builder: {
      gc: {
        enabled: true,
        policy: [
          { filter: ["unused-for=48h", "type=source.local"], reservedSpace: "500000000" },
          { filter: ["unused-for=48h", "type=source.git.checkout"] },
          { filter: ["unused-for=1440h"], reservedSpace: "2500000000" },
          { maxUsedSpace: "10000000000", minFreeSpace: "2000000000" },
          { all: true, maxUsedSpace: "10000000000", minFreeSpace: "2000000000" },
        ],
      },
    },
  });
});
