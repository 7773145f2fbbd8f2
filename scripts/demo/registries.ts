import * as v from "valibot";
import { parseRepository } from "../../src/oci/reference.ts";
import { anonymous } from "../../src/registry/auth/credentials.ts";
import { RegistryClient } from "../../src/registry/client.ts";
import { embeddedRoot, serveRegistry } from "./layerkeep.ts";

const catalogSchema = v.object({ repositories: v.array(v.string()) });

/** The registries of the demo, with what it takes to serve the embedded one. */
export interface Registries {
  /** Those that images are published to, which are served all the time. */
  readonly hosts: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly logFile: string;
}

/** Serves the embedded registry for as long as `read` takes, which is given its host. */
export async function readEmbedded<T>(
  { env, logFile }: Omit<Registries, "hosts">,
  read: (host: string, client: RegistryClient) => Promise<T>,
): Promise<T> {
  const registry = await serveRegistry(embeddedRoot(env), logFile, env);
  try {
    await using client = new RegistryClient({
      credentials: anonymous,
      userAgent: "layerkeep-demo",
    });
    return await read(registry.host, client);
  } finally {
    await registry.stop();
  }
}

/** The repositories of a registry: `127.0.0.1:5000/site`. */
export async function repositoriesOf(host: string): Promise<readonly string[]> {
  const response = await fetch(`http://${host}/v2/_catalog`);
  const { repositories } = v.parse(catalogSchema, await response.json());
  return repositories.map((path) => `${host}/${path}`);
}

/** Every tag of all registries with its digest, one text each, without the ports of the hosts. */
export function readAllTags({ hosts, ...embedded }: Registries): Promise<readonly string[]> {
  return readEmbedded(embedded, async (host, client) => {
    const all = [...hosts, host].map(async (one, index) => {
      const repositories = (await repositoriesOf(one)).map(async (name) => {
        const repository = parseRepository(name);
        const tags = (await client.listTags(repository)).map(async (tag) => {
          const found = await client.headManifest({ ...repository, tag });
          return `${index} ${repository.path}:${tag} ${found?.digest ?? "none"}`;
        });
        return Promise.all(tags);
      });
      return (await Promise.all(repositories)).flat();
    });
    return (await Promise.all(all)).flat();
  });
}
