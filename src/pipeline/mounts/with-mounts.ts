import type { Progress } from "../../buildkit/progress/progress.ts";
import type { CarriedMounts, MountCarrier } from "./mount-carrier.ts";
import type { MountedBuild } from "./mount-work.ts";

/**
 * Runs a build between the filling and the saving of its cache mounts. They are saved even if the
 * build fails, after steps that ran to their end. `run` calls `watch` with the build's progress.
 */
export async function withMounts<Result>(
  carrier: MountCarrier | undefined,
  build: MountedBuild,
  run: (watch: (progress: Progress) => void) => Promise<Result>,
): Promise<CarriedMounts & { readonly result: Result }> {
  const brought = await carrier?.bring(build);
  let progress: Progress | undefined;
  const end = async (): Promise<CarriedMounts> =>
    (await brought?.end(progress?.summary())) ?? { outcomes: [], warnings: [] };
  let result: Result;
  try {
    result = await run((now) => (progress = now));
  } catch (error) {
    await end();
    throw error;
  }
  return { result, ...(await end()) };
}
