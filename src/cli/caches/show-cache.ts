import type { TriedBuild } from "../../buildkit/try-cache.ts";
import { renderDot, renderTree } from "../../cache/use/draw.ts";
import { inspectCache } from "../../cache/use/inspect.ts";
import { renderInspection, renderUsable } from "../../report/caches/cache-report.ts";
import type { Io } from "../io.ts";
import { show } from "../show/show-result.ts";
import { nameSteps } from "./name-steps.ts";
import { tryDockerfile } from "./try-dockerfile.ts";
import { type CacheCommandOptions, openStores, readNamed } from "./cache-stores.ts";

/** How a cache is shown. */
export interface CacheView {
  readonly as: "graph" | "tree" | "summary";
  /** Steps in the summary. */
  readonly top: number;
  /** Whether digests are shown. */
  readonly digests: boolean;
  /** A build whose steps are looked for in the cache. */
  readonly build: TriedBuild | undefined;
}

/** Prints what is in a cache. */
export async function showCache(
  named: string,
  { as, top, digests, build }: CacheView,
  options: CacheCommandOptions,
  io: Io,
): Promise<void> {
  await using opened = await openStores([named], options, io);
  const [store] = opened.stores;
  const cache = await readNamed(store, named, io);
  if (as !== "summary") {
    io.out(as === "graph" ? renderDot(cache) : renderTree(cache));
    return;
  }
  const inspected = inspectCache(cache);
  const [leg] = opened.named.legs;
  const { repository } = opened.named;
  const inspection =
    leg === undefined || repository === undefined
      ? inspected
      : await nameSteps(inspected, leg, repository, io);
  const name = store?.name ?? named;
  const usable = build === undefined ? undefined : await tryDockerfile(name, build, io);
  const result = { name, ...inspection, ...(usable === undefined ? {} : { usable }) };
  show(io, options, result, (_, page) =>
    [
      renderInspection(leg?.id ?? name, inspection, { top, digests, now: io.now() }, page),
      ...(usable === undefined ? [] : [renderUsable(usable, page)]),
    ].join("\n\n"),
  );
}
