import { harmless, harmlessJson } from "../../../harmless.ts";
import { formatRepository } from "../../../oci/reference.ts";
import { renderJudged } from "../../../report/caches/cache-repository-report.ts";
import { type CacheRepositoryOptions, openCacheRepository } from "../../caches/cache-repository.ts";
import { type Io, warn } from "../../io.ts";

export interface CacheLsOptions extends CacheRepositoryOptions {
  readonly all?: boolean;
}

/** Lists what is stored in the cache repository beside the config's legs. */
export async function runCacheLs({ all, ...options }: CacheLsOptions, io: Io): Promise<number> {
  await using opened = await openCacheRepository(options, io);
  const { judged } = await opened.survey();
  const repository = formatRepository(opened.repository);
  if (options.json) {
    io.out(`${harmlessJson({ repository, tags: judged }, 2)}\n`);
    return 0;
  }
  // Of builds and logs, those that need a look.
  const shown = judged.filter(
    ({ kind, state }) => all === true || kind === "cache" || !["warm", "kept"].includes(state),
  );
  io.out(`${harmless(renderJudged(shown, judged, io.now().getTime()))}\n`);
  for (const { tag, warnings } of judged) for (const text of warnings) warn(io, `${tag}: ${text}`);
  return 0;
}
