import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CacheService } from "../../src/cache/github/cache-service.ts";
import { parseRuntimeToken } from "../../src/cache/github/runtime-token.ts";
import { githubStore } from "../../src/cache/store/github-store.ts";
import type { WritableCacheStore } from "../../src/cache/store/store.ts";
import { anonymous } from "../../src/registry/auth/credentials.ts";
import { createTransport } from "../../src/registry/transport/create-transport.ts";
import { startGithubCache } from "../../src/server/github-cache/start.ts";
import type { Scope } from "../../src/server/github-cache/token.ts";

/** GitHub's cache service, as far as BuildKit speaks to it, on loopback. */
export interface TestGithubCache extends AsyncDisposable {
  readonly url: string;
  /** Each request: method, path and status. */
  readonly requests: string[];
  /** Where the content of entries is. */
  readonly root: string;
  token(...scopes: readonly Scope[]): string;
  store(scope: string, ...scopes: readonly Scope[]): WritableCacheStore;
  service(...scopes: readonly Scope[]): CacheService;
  /** What a job's steps have in their environment. */
  env(...scopes: readonly Scope[]): Readonly<Record<string, string>>;
}

export const main: Scope = { ref: "refs/heads/main", writes: true };

export async function startTestGithubCache(): Promise<TestGithubCache> {
  const root = await mkdtemp(join(tmpdir(), "layerkeep-gha-"));
  const requests: string[] = [];
  const running = await startGithubCache({ root, onRequest: (line) => requests.push(line) });
  const transport = createTransport({ credentials: anonymous, sleep: () => Promise.resolve() });
  const token = (...scopes: readonly Scope[]): string => running.token(scopes);
  const service = (...scopes: readonly Scope[]): CacheService => {
    const parsed = parseRuntimeToken(token(...scopes));
    return new CacheService({ url: new URL(running.url), token: parsed, transport });
  };
  return {
    url: running.url,
    requests,
    token,
    root,
    service,
    store: (scope, ...scopes) => githubStore(service(...scopes), { scope }),
    env: (...scopes) => ({
      ACTIONS_CACHE_SERVICE_V2: "true",
      ACTIONS_RESULTS_URL: running.url,
      ACTIONS_RUNTIME_TOKEN: token(...scopes),
    }),
    async [Symbol.asyncDispose]() {
      transport.close();
      await running[Symbol.asyncDispose]();
      await rm(root, { recursive: true, force: true });
    },
  };
}
