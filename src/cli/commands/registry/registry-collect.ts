import { harmlessJson } from "../../../harmless.ts";
import { resolve } from "node:path";
import { defaultGraceMs } from "../../../server/collection/collector.ts";
import { collectRoot } from "../../../server/collection/collect-root.ts";
import type { CollectionPolicy } from "../../../server/collection/policy.ts";
import { renderCollected, summariseCollected } from "../../../report/registry/collection-report.ts";
import { count } from "../../../report/table.ts";
import { registryFolder } from "../../registry/embedded-registry.ts";
import { type GlobalOptions, type Io, warn } from "../../io.ts";

export interface RegistryCollectOptions extends GlobalOptions {
  readonly policy: CollectionPolicy;
  readonly root?: string;
  /** Milliseconds. */
  readonly grace?: number;
  readonly yes?: boolean;
}

/** Deletes what nothing holds from a registry that is not running; a dry run until `--yes`. */
export async function runRegistryCollect(options: RegistryCollectOptions, io: Io): Promise<number> {
  const { policy, yes = false, json, quiet } = options;
  const root = options.root === undefined ? registryFolder(io.env) : resolve(io.cwd, options.root);
  const graceMs = options.grace ?? defaultGraceMs(policy);
  const now = (): number => io.now().getTime();
  const { collected, spared } = await collectRoot({
    root,
    policy,
    graceMs,
    dryRun: !yes,
    now,
    onWarning: (message) => warn(io, message),
  });
  if (json) {
    const result = { root, policy, graceMs, dryRun: !yes, repositories: collected, spared };
    io.out(`${harmlessJson(result)}\n`);
    return 0;
  }
  if (collected.length > 0) io.out(renderCollected(collected));
  io.out(`${summariseCollected(collected, yes ? "deleted" : "would delete")}\n`);
  if (quiet) return 0;
  if (!yes && collected.length > 0) io.err("nothing was taken; --yes takes it\n");
  if (spared.manifests + spared.blobs > 0) {
    const more = `${count(spared.manifests, "manifest")} and ${count(spared.blobs, "blob")}`;
    io.err(`${more} that nothing holds stay for their grace; --grace 0 takes them\n`);
  }
  return 0;
}
