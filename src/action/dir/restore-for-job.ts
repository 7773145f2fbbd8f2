import { endGroup, setOutput, startGroup } from "@actions/core";
import { annotate } from "../../cli/annotate.ts";
import { type Io, warn } from "../../cli/io.ts";
import type { RenderedKey } from "../../dir/keys/key-template.ts";
import { exitCodeOf, messageOf } from "../../errors.ts";
import { configOptionsOf } from "../process/config-options.ts";
import { type RestoreInputs, restoreRequestOf } from "./dir-inputs.ts";
import { timed } from "./timed.ts";
import { withLogins } from "./registry-login.ts";

/** A cache that was asked for, and the key of the one that was found. */
interface Match {
  readonly key: string;
  readonly found: string | undefined;
}

/** How a job's restore ended. */
export interface JobRestore {
  readonly exitCode: number;
  /** Whether there was a cache of each key. */
  readonly isHit: boolean;
}

const registryExitCode = 3;

/**
 * Restores what the inputs ask for, or only looks it up, and sets the outputs of actions/cache. A
 * registry that fails is as good as no cache: the job goes on, unless a cache is required. `keys`
 * gets the keys, by their templates.
 */
export async function restoreForJob(
  inputs: RestoreInputs,
  job: Io,
  keys: Map<string, RenderedKey>,
): Promise<JobRestore> {
  const isRequired = inputs.boolean("fail-on-cache-miss");
  const io = timed({ ...job, env: await withLogins(inputs, job.env) });
  const matches = await restoreOrLookUp(inputs, io, keys).catch((error: unknown) => {
    if (isRequired || io.signal.aborted || exitCodeOf(error) !== registryExitCode) throw error;
    warn(io, `no cache was restored: ${messageOf(error)}`);
    return undefined;
  });
  const isHit = matches?.every(({ key, found }) => key === found) ?? false;
  setOutput("cache-hit", isHit);
  setOutput("cache-primary-key", (matches ?? []).map(({ key }) => key).join("\n"));
  setOutput("cache-matched-key", (matches ?? []).flatMap(({ found }) => found ?? []).join("\n"));
  const missing = (matches ?? []).filter(({ found }) => found === undefined);
  if (!isRequired || missing.length === 0) return { exitCode: 0, isHit };
  const which = missing.map(({ key }) => key).join(", ");
  annotate("error", `no cache found for ${which}, and fail-on-cache-miss is set`, io);
  return { exitCode: 1, isHit };
}

async function restoreOrLookUp(
  inputs: RestoreInputs,
  io: Io,
  keys: Map<string, RenderedKey>,
): Promise<readonly Match[]> {
  const request = restoreRequestOf(inputs);
  const { openDirs } = await import("../../cli/dir/open-dirs.ts");
  const { lookUpRequested, restoreRequested } = await import("../../cli/dir/restore-requested.ts");
  await using dirs = await openDirs(configOptionsOf(inputs), io, "read", keys);
  if (inputs.boolean("lookup-only")) {
    const matches = await lookUpRequested(request, dirs, io);
    for (const { key, found } of matches) io.out(`${renderFound(key, found)}\n`);
    return matches;
  }
  startGroup("layerkeep dir restore");
  const done = await restoreRequested(request, dirs, io).finally(endGroup);
  for (const { text } of done) io.out(`${text}\n`);
  return done.map(({ result: { key, restored } }) => ({ key, found: restored?.key }));
}

function renderFound(key: string, found: string | undefined): string {
  if (found === undefined) return `no cache found for ${key}`;
  return found === key ? `found ${key}` : `found ${found} (no cache of ${key})`;
}
