import type { Step } from "../../src/buildkit/progress/progress.ts";
import { FormatError } from "../../src/errors.ts";
import { readLog } from "../../src/pipeline/records/build-log.ts";
import { readEmbedded, type Registries, repositoriesOf } from "./registries.ts";

/**
 * The steps of each leg's newest build, by the leg's slug (`site-amd64`), from the build logs in
 * the embedded registry.
 */
export function readNewestSteps(
  slugs: readonly string[],
  registries: Registries,
): Promise<ReadonlyMap<string, readonly Step[]>> {
  return readEmbedded(registries, async (host, client) => {
    // It is called after the project's folder.
    const [repository, ...others] = await repositoriesOf(host);
    if (repository === undefined || others.length > 0) {
      throw new FormatError("expected one repository in the embedded registry");
    }
    const entries = slugs.map(async (slug) => {
      const [record] = await readLog(client, `${repository}:log-${slug}`, { last: 1 });
      return [slug, record?.steps ?? []] as const;
    });
    return new Map(await Promise.all(entries));
  });
}
