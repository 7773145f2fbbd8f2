import { FormatError } from "../../src/errors.ts";
import type { Step } from "../../src/buildkit/progress/progress.ts";
import { readLog } from "../../src/pipeline/records/build-log.ts";
import { RegistryClient } from "../../src/registry/client.ts";
import { anonymous } from "../../src/registry/auth/credentials.ts";
import { embeddedRoot, serveRegistry } from "./layerkeep.ts";

/**
 * The steps of each leg's newest build, by the leg's slug (`site-amd64`), from the build logs in
 * the embedded registry, which is served for as long as that takes.
 */
export async function readNewestSteps(
  slugs: readonly string[],
  logFile: string,
  env: Readonly<Record<string, string>>,
): Promise<ReadonlyMap<string, readonly Step[]>> {
  const registry = await serveRegistry(embeddedRoot(env), logFile, env);
  try {
    await using client = new RegistryClient({
      credentials: anonymous,
      userAgent: "layerkeep-demo",
    });
    const repository = await repositoryWithLogs(registry.host);
    const entries = slugs.map(async (slug) => {
      const [record] = await readLog(client, `${registry.host}/${repository}:log-${slug}`, {
        last: 1,
      });
      return [slug, record?.steps ?? []] as const;
    });
    return new Map(await Promise.all(entries));
  } finally {
    await registry.stop();
  }
}

/** The only repository there: it is called after the project's folder. */
async function repositoryWithLogs(host: string): Promise<string> {
  const text = await (await fetch(`http://${host}/v2/_catalog`)).text();
  const name = /"repositories":\["([^"]+)"\]/.exec(text)?.[1];
  if (name !== undefined) return name;
  throw new FormatError(`one repository was expected in the embedded registry: ${text}`);
}
