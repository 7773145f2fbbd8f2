import type { ConfigOptions, GlobalOptions, Io, QuietOptions } from "../io.ts";
import { openDirs } from "./open-dirs.ts";
import { type RestoreRequest, restoreRequested } from "./restore-requested.ts";
import { showDone } from "./show-done.ts";

/** Restores folders. Gives 1 if there is no cache and one is required. */
export async function restoreDir(
  { required, ...request }: RestoreRequest & { readonly required: boolean },
  options: ConfigOptions & GlobalOptions & QuietOptions,
  io: Io,
): Promise<number> {
  await using dirs = await openDirs(options, io, "read");
  const done = await restoreRequested(request, dirs, io);
  showDone(done, options, io);
  return required && done.some(({ result }) => result.restored === null) ? 1 : 0;
}
