import { UsageError } from "../../errors.ts";
import { legTags } from "../../pipeline/caches/leg-tags.ts";
import { findStale } from "../../pipeline/find-stale.ts";
import { pinResolver } from "../../pipeline/resolve/resolve-pin.ts";
import { type LegSelection, selectLegs } from "../../plan/select/select-legs.ts";
import { renderStale } from "../../report/plan/stale-report.ts";
import { type ConfigOptions, type GlobalOptions, type Io, warn } from "../io.ts";
import type { Probes } from "../run/probes.ts";
import { openSession } from "../run/session.ts";
import { show } from "./show-result.ts";

/** Prints the legs whose bases have moved. Returns the exit code. */
export async function showStale(
  selection: LegSelection,
  probes: Probes,
  options: GlobalOptions & ConfigOptions,
  io: Io,
): Promise<number> {
  const need = { command: "stale", access: "read" } as const;
  await using session = await openSession(probes, options, io, need);
  const { client, config, warnings, home } = session;
  const { signal } = io;
  const place = home.repository;
  if (place === undefined) {
    throw new UsageError(
      "cannot find stale legs: the config has no cache repository to read build logs from",
      {
        hint: "set cache: to a repository such as ghcr.io/acme/app-cache",
      },
    );
  }
  for (const text of warnings) warn(io, text);
  const chosen = selectLegs(selection, legTags(config).legs, "the config");
  const legs = chosen.map(({ id, log }) => ({ id, log: `${place}:${log}` }));
  const resolvePin = pinResolver({ client, root: config.root, signal });
  const found = await findStale(legs, { client, resolvePin, signal });
  for (const { ref, why } of found.unknown)
    warn(io, `cannot check whether ${ref} has changed: ${why}`);
  show(io, options, found, (stale, page) => renderStale(stale, io.now(), page));
  if (found.legs.length > 0) return 1;
  return found.unknown.length > 0 ? 3 : 0;
}
