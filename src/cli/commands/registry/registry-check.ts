import { resolve } from "node:path";
import { UsageError } from "../../../errors.ts";
import { harmlessJson } from "../../../harmless.ts";
import { RegistryClient } from "../../../registry/client.ts";
import { renderCheck, summariseCheck } from "../../../report/registry/check-report.ts";
import { checkRoot, type RootCheck } from "../../../server/check/check-root.ts";
import { refetchFrom } from "../../../server/check/refetch.ts";
import { clientOptions } from "../../client-options.ts";
import { registryFolder } from "../../registry/embedded-registry.ts";
import { type GlobalOptions, type Io, warn } from "../../io.ts";

export interface RegistryCheckOptions extends GlobalOptions {
  readonly root?: string;
  readonly repair?: boolean;
  readonly from?: string;
}

/** Says what is damaged or missing in a registry that is not running, and repairs it if asked to. */
export async function runRegistryCheck(options: RegistryCheckOptions, io: Io): Promise<number> {
  const { repair = false, from, json, quiet } = options;
  const root = options.root === undefined ? registryFolder(io.env) : resolve(io.cwd, options.root);
  if (from !== undefined && !repair) {
    throw new UsageError("--from is for a repair", { hint: "add --repair" });
  }
  await using client = new RegistryClient(
    clientOptions(io, { insecure: [], credentials: [] }, undefined),
  );
  const { signal } = io;
  const result = await checkRoot({
    root,
    repair,
    refetch: from === undefined ? undefined : refetchFrom({ client, from, signal }),
    now: () => io.now().getTime(),
    signal,
    onWarning: (message) => warn(io, message),
  });
  if (json) io.out(`${harmlessJson({ root, repaired: repair, ...result })}\n`);
  else {
    io.out(`${renderCheck(result, root)}${summariseCheck(result)}\n`);
    if (!quiet && !repair && result.journal.length + result.contents.length > 0) {
      io.err("nothing was changed; --repair saves what can be saved\n");
    }
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
