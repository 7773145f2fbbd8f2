import { CacheService, serviceFrom } from "../../../cache/github/cache-service.ts";
import { githubStore } from "../../../cache/store/github-store.ts";
import type { WritableCacheStore } from "../../../cache/store/store.ts";
import type { RegistryClientOptions } from "../../../registry/client.ts";
import { createTransport } from "../../../registry/transport/create-transport.ts";
import type { Io } from "../../io.ts";

/** The caches of GitHub's service that a job may use. */
export interface GithubCaches extends Disposable {
  /** Throws a usage error if the environment names no service. */
  open(scope: string | undefined): WritableCacheStore;
}

/** Connects to the service when the first cache is opened. */
export function githubCaches({ env, now }: Io, options: RegistryClientOptions): GithubCaches {
  const transport = createTransport(options);
  let service: CacheService | undefined;
  return {
    open(scope) {
      service ??= new CacheService({
        ...serviceFrom(env, now().getTime()),
        transport,
      });
      return githubStore(service, { scope });
    },
    [Symbol.dispose]: () => transport.close(),
  };
}
