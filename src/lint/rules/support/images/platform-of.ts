import type { Placed } from "../../../model/builds.ts";
import { machineOf } from "../../../github/jobs/machine.ts";
import type { Build } from "../../../model/operation.ts";

/** The platforms of a build, to be compared: as it names them, or the machine's. */
export function platformsOf({ operation, job }: Placed<Build>): string {
  const named = operation.platforms.map(({ value }) => value.text).sort();
  if (named.length > 0) return named.join(",");
  const machine = machineOf(job.runner);
  if (machine === undefined) return job.runner.map(({ text }) => text).join(",");
  // Docker on macOS runs Linux.
  const os = machine.os === "Windows" ? "windows" : "linux";
  return `${os}/${machine.arch === "ARM64" ? "arm64" : "amd64"}`;
}
