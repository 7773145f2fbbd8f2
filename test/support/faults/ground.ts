import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type RunningRegistry, startRegistry } from "../../../src/server/start.ts";
import { type FaultProxy, startFaultProxy } from "../fault-proxy.ts";
import { startCncfRegistry } from "../../../scripts/engine/cncf-registry.ts";
import type { TestRegistry } from "../registries.ts";

/** Two registries, each behind a proxy. */
export interface Ground extends AsyncDisposable {
  /** Past the proxies. */
  readonly hosts: readonly [string, string];
  readonly proxies: readonly [FaultProxy, FaultProxy];
  /** Ours collects, lists referrers, takes sha512 digests and layers that are elsewhere. */
  readonly isOurs: boolean;
  /**
   * How often an observer must miss something. The CNCF registry 2.8 misses a manifest that exists
   * while it is pushed again: one read in seven beside two writers, one in 70 twice in a row.
   */
  readonly looks: number;
  /** Deletes, in one of them, all that no tag of its repository holds and that no lease protects. */
  collect(registry: number, leaseMs: number): Promise<void>;
}

export type GroundKind = "embedded" | "cncf";

type Collectable = TestRegistry & Partial<Pick<RunningRegistry, "collect">>;

/** A collection looks at all repositories, so that the runs on one ground are few. */
export const runsOnOneGround = 20;

export async function startGround(kind: GroundKind): Promise<Ground> {
  const registries: readonly [Collectable, Collectable] =
    kind === "embedded"
      ? await Promise.all([startOurs(), startOurs()])
      : await Promise.all([startCncf(), startCncf()]);
  const [a, b] = registries;
  const proxies = await Promise.all([
    startFaultProxy(a.host, () => undefined),
    startFaultProxy(b.host, () => undefined),
  ]);
  return {
    hosts: [a.host, b.host],
    proxies,
    isOurs: kind === "embedded",
    looks: kind === "embedded" ? 1 : 8,
    collect: async (registry, leaseMs) => {
      const options = { policy: "per-repository", graceMs: 0, leaseMs } as const;
      await registries[registry]?.collect?.(options);
    },
    async [Symbol.asyncDispose]() {
      for (const each of [...proxies, ...registries]) await each[Symbol.asyncDispose]();
    },
  };
}

async function startOurs(): Promise<Collectable> {
  const root = await newRoot();
  const registry = await startRegistry({ root, idleMs: 5_000 });
  return {
    host: registry.host,
    collect: registry.collect,
    async [Symbol.asyncDispose]() {
      await registry.close();
      await rm(root, { recursive: true, force: true });
    },
  };
}

async function startCncf(): Promise<Collectable> {
  const root = await newRoot();
  const registry = await startCncfRegistry({ root });
  return {
    host: registry.host,
    async [Symbol.asyncDispose]() {
      await registry.stop();
      await rm(root, { recursive: true, force: true });
    },
  };
}

/** What survives a crash is tried elsewhere: here the disk would only cost time. */
function newRoot(): Promise<string> {
  const folder = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();
  return mkdtemp(join(folder, "layerkeep-faults-"));
}
