import { type ConfigOptions, type GlobalOptions, type Io, type QuietOptions, warn } from "../io.ts";
import { openDirs } from "./open-dirs.ts";
import { type SaveRequest, saveRequested } from "./save-requested.ts";
import { showDone } from "./show-done.ts";

type Options = ConfigOptions & GlobalOptions & QuietOptions & { readonly write?: boolean };

/** Saves folders. A run that is not trusted saves nothing, and says so. */
export async function saveDir(request: SaveRequest, options: Options, io: Io): Promise<number> {
  await using dirs = await openDirs(options, io, "write");
  const { refused, done } = await saveRequested(request, dirs, io);
  for (const text of refused) warn(io, text);
  if (refused.length === 0 || options.json) showDone(done, options, io);
  return 0;
}
