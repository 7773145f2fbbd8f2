import type { TestBed } from "../scripts/engine/test-bed.ts";

/** What a benchmark runs against: an engine and two registries, all of them started for it. */
export interface BenchBed {
  /** Environment in which docker, buildx and our command line find the engine. */
  readonly env: NodeJS.ProcessEnv;
  /** The buildx plugin's own binary. */
  readonly buildx: string;
  /** Hosts of two CNCF registries. */
  readonly registries: readonly [string, string];
  readonly baseImage: string;
}

export function benchBedOf({ engine, variables }: TestBed): BenchBed {
  const host = (name: string): string => variables[`LAYERKEEP_TEST_${name}`] ?? "";
  return {
    env: engine.env,
    buildx: engine.buildx,
    registries: [host("REGISTRY_A"), host("REGISTRY_B")],
    baseImage: host("BASE_IMAGE"),
  };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}
