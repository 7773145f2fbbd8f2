import { harmless, harmlessJson } from "../../../harmless.ts";
import { formatRepository } from "../../../oci/reference.ts";
import { usageOf } from "../../../pipeline/caches/usage.ts";
import { renderUsage } from "../../../report/caches/cache-repository-report.ts";
import { type CacheRepositoryOptions, openCacheRepository } from "../../caches/cache-repository.ts";
import type { Io } from "../../io.ts";

/** Says where the bytes of the cache repository are. */
export async function runCacheDu(options: CacheRepositoryOptions, io: Io): Promise<number> {
  await using opened = await openCacheRepository(options, io);
  const { tags } = await opened.survey();
  const usage = usageOf(tags, opened.legs);
  const repository = formatRepository(opened.repository);
  if (options.json) io.out(`${harmlessJson({ repository, ...usage }, 2)}\n`);
  else io.out(`${harmless(renderUsage(usage))}\n`);
  return 0;
}
