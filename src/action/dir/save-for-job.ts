import { endGroup, startGroup } from "@actions/core";
import type { Asked } from "../../cli/dir/declared/choose-dirs.ts";
import type { Io } from "../../cli/io.ts";
import type { RenderedKey } from "../../dir/keys/key-template.ts";
import { configOptionsOf } from "../process/config-options.ts";
import type { SaveInputs } from "./dir-inputs.ts";
import { withLogins } from "./registry-login.ts";
import { timed } from "./timed.ts";

/**
 * Saves what was asked for, under keys that were made before if there are any. A run that is not
 * trusted saves nothing: that is as it should be, so that the log says it, and no warning does.
 */
export async function saveForJob(
  asked: Asked,
  inputs: SaveInputs,
  job: Io,
  keys = new Map<string, RenderedKey>(),
): Promise<void> {
  const { openDirs } = await import("../../cli/dir/open-dirs.ts");
  const { saveRequested } = await import("../../cli/dir/save-requested.ts");
  const io = timed({ ...job, env: await withLogins(inputs, job.env) });
  await using dirs = await openDirs(configOptionsOf(inputs), io, "write", keys);
  const allowEmpty = inputs.boolean("allow-empty");
  startGroup("layerkeep dir save");
  const { refused, done } = await saveRequested({ asked, allowEmpty }, dirs, io).finally(endGroup);
  for (const text of refused) io.out(`${text}\n`);
  for (const { text } of refused.length > 0 ? [] : done) io.out(`${text}\n`);
}
