import type { BuildRequest, EngineInputs } from "../../src/buildkit/arguments.ts";
import { contextOf } from "./configs.ts";
import { type Digest, digestOf } from "../../src/oci/digest.ts";
import { parsePlatform, platformSlug } from "../../src/oci/platform.ts";
import { formatRepository, type Repository } from "../../src/oci/reference.ts";
import { createContextHasher } from "../../src/inputs/files/context-files.ts";
import type { PlanOptions } from "../../src/plan/plan-options.ts";
import type { PlanServices } from "../../src/plan/make-plan.ts";
import type { BuildInputs } from "../../src/inputs/build-inputs.ts";
import type { Plan, PlannedLeg, PlannedTag } from "../../src/plan/plan.ts";

/** What matters of a plan to whoever publishes it. */
export interface PlanSketch {
  readonly cache: Repository;
  /** `host/path`; `{name}` is the variant's name. */
  readonly targets: readonly string[];
  readonly platforms: readonly string[];
  /** `app` alone where none are given. */
  readonly variants?: readonly string[];
  /** `1.0.0` by semver where none are given; `{name}` as in targets. */
  readonly tags?: readonly PlannedTag[];
  readonly shape?: "index" | "manifest";
  readonly version?: string;
  readonly revision?: string;
}

/** A plan of trusted legs that are all staged. */
export function planOf(sketch: PlanSketch): Plan {
  const names = sketch.variants ?? ["app"];
  return {
    schema: "layerkeep.plan.v1",
    layerkeep: "0.0.0",
    createdAt: "2026-11-21T00:00:00Z",
    context: contextOf({
      provider: "git",
      event: "local",
      commitDate: undefined,
      source: undefined,
    }),
    trust: {
      level: "trusted",
      reason: "a test",
      writesCaches: true,
      writesLegs: true,
      publishes: true,
      writesScratch: false,
      secrets: true,
    },
    epoch: null,
    pins: [],
    holdsPins: false,
    cacheRepository: formatRepository(sketch.cache),
    scratch: null,
    insecure: [],
    legs: names.flatMap((name) => sketch.platforms.map((p) => legOf(sketch.cache, name, p))),
    variants: names.map((name) => ({
      name,
      legs: sketch.platforms.map((platform) => `${name}/${platform}`),
      targets: sketch.targets.map((repository) => ({
        repository: repository.replace("{name}", name),
        tags: (sketch.tags ?? [{ tag: "1.0.0", order: "semver" }]).map(({ tag, order }) => ({
          tag: tag.replace("{name}", name),
          order,
        })),
        shape: sketch.shape ?? "index",
        annotations: {
          "org.opencontainers.image.version": sketch.version ?? "1.0.0",
          "org.opencontainers.image.revision": sketch.revision ?? "c".repeat(40),
        },
      })),
      previews: [],
    })),
    warnings: [],
  };
}

/** What BuildKit is given for a Dockerfile that asks for nothing special. */
export const bareInputs: BuildInputs = {
  dockerfile: "Dockerfile",
  dockerfileInline: null,
  context: ".",
  target: null,
  args: {},
  labels: {},
  contexts: {},
  inputs: [],
  filters: [],
  buildPlatform: "linux/amd64",
  secrets: [],
  ssh: [],
  network: null,
  shmSize: null,
  ulimits: [],
  allow: [],
  addHosts: [],
  provenance: "max",
  sbom: false,
};

/** The same as buildx is given it. */
export const engineInputs: EngineInputs = {
  ...bareInputs,
  dockerfile: "/laid-out/Dockerfile",
  context: "/laid-out/context",
  provenance: "max",
  sbomGenerator: undefined,
};

/** A build of it that keeps nothing. */
export const buildRequest: BuildRequest = {
  inputs: engineInputs,
  platform: "linux/amd64",
  root: "/repo",
  builder: undefined,
  env: {},
  renamed: new Map(),
  cacheFrom: [],
  cacheTo: [],
  output: { type: "cacheonly" },
  metadataFile: "/tmp/metadata.json",
  noCache: false,
};

function legOf(cache: Repository, name: string, platform: string): PlannedLeg {
  const slug = platformSlug(parsePlatform(platform));
  const input = digestOf(`${name} ${platform}`);
  const tag = `leg-${name}-${slug}`;
  return {
    id: `${name}/${platform}`,
    variant: name,
    platform,
    action: "reuse",
    reason: "it is staged",
    bypass: "none",
    input: { digest: input, parts: {} },
    staged: {
      leg: `${formatRepository(cache)}:${tag}-${input.slice(7, 47)}`,
      newest: `${formatRepository(cache)}:${tag}`,
      log: `${formatRepository(cache)}:log-${name}-${slug}`,
    },
    preview: null,
    cache: { from: [], to: [] },
    build: bareInputs,
    parents: [],
    unpinned: [],
    runsOn: [platform],
    builders: [],
    runner: null,
  };
}

/** What a plan of a test is made with: nothing forced, no epoch, the default builder, linux/amd64. */
export function planOptionsOf(
  changes: Partial<PlanOptions> & Pick<PlanOptions, "trust">,
): PlanOptions {
  return {
    now: new Date(0),
    version: "0",
    epoch: undefined,
    cacheRepository: "ghcr.io/acme/cache",
    force: false,
    cold: false,
    builder: undefined,
    machine: parsePlatform("linux/amd64"),
    ...changes,
  };
}

/** Services of a registry in which no leg is staged; each pin resolves to the given digest. */
export function planServicesOf(resolved: Digest | null): PlanServices {
  return {
    resolvePin: () => Promise.resolve({ resolved }),
    readBase: () => Promise.resolve({ config: { env: [], onbuild: [] } }),
    hasher: createContextHasher(),
    findStaged: () =>
      Promise.resolve({ whole: new Set(), unusable: new Map(), outdated: new Map(), warnings: [] }),
  };
}
