import { RegistryClient } from "../../registry/client.ts";
import { renderCheck, summariseCheck } from "../../report/registry/check-report.ts";
import { checkRoot, type RootCheck } from "../../server/check/check-root.ts";
import { refetchFrom } from "../../server/check/refetch.ts";
import { clientOptions } from "../client-options.ts";
import { registryFolder } from "../folders.ts";
import { type GlobalOptions, type Io, type QuietOptions, warn } from "../io.ts";
import { stopIdleServer } from "./background/stop-server.ts";
import { show } from "../show/show-result.ts";

export interface Check {
  /** Undefined: the default folder. */
  readonly root: string | undefined;
  readonly repair: boolean;
  /** The registry that a repair fetches lost data from. */
  readonly from: string | undefined;
}

/** Shows what is damaged or missing in a registry that is not running, and repairs it if asked to. */
export async function checkRegistry(
  { root: named, repair, from }: Check,
  options: GlobalOptions & QuietOptions,
  io: Io,
): Promise<number> {
  const { signal } = io;
  const root = registryFolder(named, io);
  await stopIdleServer(root, io);
  await using client = new RegistryClient(
    clientOptions(io, { insecure: [], credentials: [] }, undefined),
  );
  const result = await checkRoot({
    root,
    repair,
    refetch: from === undefined ? undefined : refetchFrom({ client, from, signal }),
    now: () => io.now().getTime(),
    signal,
    onWarning: (message) => warn(io, message),
  });
  show(
    io,
    options,
    { root, repaired: repair, ...result },
    () => `${renderCheck(result, root)}${summariseCheck(result)}`,
  );
  const isDamaged = result.journal.length + result.contents.length > 0;
  if (isDamaged && !repair && !options.json && !options.quiet) {
    io.err("nothing was changed; pass --repair to repair what can be repaired\n");
  }
  return isSound(result, repair) ? 0 : 1;
}

/** Whether nothing is damaged; after a repair, whether nothing is lost. */
function isSound({ journal, contents }: RootCheck, repaired: boolean): boolean {
  if (!repaired) return journal.length + contents.length === 0;
  const isBack = ({ outcome }: RootCheck["contents"][number]): boolean =>
    outcome === "fetched" || outcome === "put back";
  return journal.every(({ isHarmless }) => isHarmless) && contents.every(isBack);
}
