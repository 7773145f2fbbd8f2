import { renderCollected, summariseCollected } from "../../report/registry/collection-report.ts";
import { count } from "../../count.ts";
import { collectRoot } from "../../server/collection/collect-root.ts";
import { defaultGraceMs } from "../../server/collection/collector.ts";
import type { CollectionPolicy } from "../../server/collection/policy.ts";
import { registryFolder } from "../folders.ts";
import { type GlobalOptions, type Io, type QuietOptions, warn } from "../io.ts";
import { stopIdleServer } from "./background/stop-server.ts";
import { show } from "../show/show-result.ts";

export interface Collection {
  /** Undefined: the default folder. */
  readonly root: string | undefined;
  readonly policy: CollectionPolicy;
  /** Undefined: the policy's default. */
  readonly graceMs: number | undefined;
  readonly dryRun: boolean;
}

/** Deletes what nothing holds from a registry that is not running, or shows what it would delete. */
export async function collectRegistry(
  { root: named, policy, graceMs: given, dryRun }: Collection,
  options: GlobalOptions & QuietOptions,
  io: Io,
): Promise<void> {
  const root = registryFolder(named, io);
  await stopIdleServer(root, io);
  const graceMs = given ?? defaultGraceMs(policy);
  const { collected, spared } = await collectRoot({
    root,
    policy,
    graceMs,
    dryRun,
    now: () => io.now().getTime(),
    onWarning: (message) => warn(io, message),
  });
  const result = { root, policy, graceMs, dryRun, repositories: collected, spared };
  show(io, options, result, (_, page) => {
    const table = collected.length > 0 ? renderCollected(collected, page) : "";
    return `${table}${summariseCollected(collected, dryRun ? "would delete" : "deleted")}`;
  });
  if (options.json || options.quiet) return;
  if (dryRun && collected.length > 0) io.err("nothing was deleted; pass --yes to delete\n");
  if (spared.manifests + spared.blobs > 0) {
    const more = `${count(spared.manifests, "manifest")} and ${count(spared.blobs, "blob")}`;
    io.err(`kept ${more} that are unused but too new; pass --grace 0 to delete them too\n`);
  }
}
