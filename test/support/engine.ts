import { emptyCache } from "../../scripts/engine/docker.ts";
import { searchPath } from "../../scripts/engine/paths.ts";

/** The running engine that the tests share, and what runs beside it. */
export interface TestEngine {
  /** `unix://…`. */
  readonly dockerHost: string;
  /** What a client needs to reach it: DOCKER_HOST, DOCKER_CONFIG, BUILDX_CONFIG and PATH; nothing else. */
  readonly env: Readonly<Record<string, string>>;
  /** The buildx plugin's own binary. */
  readonly buildx: string;
  /** A builder with the driver `remote` on the same BuildKit; the builder `default` has the driver `docker`. */
  readonly remoteBuilder: string;
  /** BuildKit's own gRPC endpoint, a unix socket's path. */
  readonly buildkitSocket: string;
  /** Hosts (`127.0.0.1:PORT`) of two CNCF registries, shared by all tests: use repositories of your own. */
  readonly registries: readonly [string, string];
  /** busybox for linux/amd64 and linux/arm64, in the first of the registries. */
  readonly baseImage: { readonly reference: string; readonly digest: string };
  /** Whether `RUN` works for linux/arm64. */
  readonly arm64: boolean;
  /** Removes every cached step and every image from the engine. */
  emptyCache(): Promise<void>;
}

/**
 * The engine's facts, from the environment that scripts/test.ts or scripts/engine.ts set: read
 * here and nowhere else. Throws where there is none; a test that needs an engine fails without.
 */
export function testEngine(): TestEngine {
  const env = {
    PATH: searchPath(),
    DOCKER_HOST: need("DOCKER_HOST"),
    DOCKER_CONFIG: need("DOCKER_CONFIG"),
    BUILDX_CONFIG: need("BUILDX_CONFIG"),
  };
  const buildx = need("BUILDX");
  return {
    dockerHost: env.DOCKER_HOST,
    env,
    buildx,
    remoteBuilder: need("REMOTE_BUILDER"),
    buildkitSocket: need("BUILDKIT_SOCKET"),
    registries: [need("REGISTRY_A"), need("REGISTRY_B")],
    baseImage: { reference: need("BASE_IMAGE"), digest: need("BASE_DIGEST") },
    arm64: need("ARM64") === "1",
    emptyCache: () => emptyCache(buildx, env),
  };
}

function need(name: string): string {
  const value = process.env[`LAYERKEEP_TEST_${name}`];
  if (value !== undefined && value !== "") return value;
  throw new Error(
    `no engine (LAYERKEEP_TEST_${name} is not set): run npm test, or npx tsx scripts/engine.ts up and export what it prints`,
  );
}
