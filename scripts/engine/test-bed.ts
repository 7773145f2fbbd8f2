import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { enableArm64 } from "./arm64.ts";
import { pushBaseImage } from "./base-image.ts";
import { createRemoteBuilder, startBridge } from "./bridge.ts";
import { startCncfRegistry } from "./cncf-registry.ts";
import { type Engine, startEngine } from "./docker.ts";
import { keepInMemory } from "./memory-folder.ts";
import { installPackages } from "./packages.ts";
import { timed } from "./run.ts";

/** What the tests that need an engine run against. */
export interface TestBed {
  readonly engine: Engine;
  /** What test/support/engine.ts reads. */
  readonly variables: Readonly<Record<string, string>>;
  /** Of the engine and the registries. */
  readonly pids: readonly number[];
  /** Stops all of it and removes what it kept. */
  stop(): Promise<void>;
}

interface TestBedOptions {
  /** A folder that is ours alone; its path is short, since sockets stand below it. */
  readonly dir: string;
  /** Ports of the two registries; free ones where none are given. */
  readonly ports?: readonly [number, number] | undefined;
  /** Whether to keep everything in memory if there is enough. */
  readonly inMemory?: boolean;
}

/**
 * Installs what is missing and starts an engine with a remote builder on the same BuildKit, two
 * registries, and a base image in the first. Whatever of it has started is stopped again where a
 * later part fails.
 */
export async function startTestBed({ dir, ports, inMemory }: TestBedOptions): Promise<TestBed> {
  await installPackages();
  const arm64 = await timed("arm64 emulation", enableArm64);
  await mkdir(dir, { recursive: true });
  const memory = inMemory === true ? await keepInMemory(dir) : undefined;
  const started: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (const end of started.splice(0).reverse()) await end();
    await memory?.[Symbol.asyncDispose]();
    await rm(dir, { recursive: true, force: true });
  };
  try {
    const engine = await timed("private engine", () => startEngine({ dir: join(dir, "engine") }));
    started.push(() => engine.stop());
    const bridge = await startBridge(engine);
    started.push(() => bridge.stop());
    const remote = await timed("remote builder", () => createRemoteBuilder(engine, bridge));
    const registries = [];
    for (const [index, name] of (["a", "b"] as const).entries()) {
      const root = join(dir, `registry-${name}`);
      const port = ports?.[index];
      const registry = await timed(`registry ${name}`, () =>
        startCncfRegistry({ root, ...(port === undefined ? {} : { port }) }),
      );
      started.push(() => registry.stop());
      registries.push(registry);
    }
    const [a, b] = registries.map((registry) => registry.host);
    const baseImage = `${a ?? ""}/base/busybox:1`;
    const digest = await timed("base image", () => pushBaseImage(engine, baseImage));
    return {
      engine,
      pids: [engine.pid, ...registries.map((registry) => registry.pid)],
      stop,
      variables: {
        LAYERKEEP_TEST_DOCKER_HOST: engine.dockerHost,
        LAYERKEEP_TEST_DOCKER_CONFIG: engine.env["DOCKER_CONFIG"] ?? "",
        LAYERKEEP_TEST_BUILDX_CONFIG: engine.env["BUILDX_CONFIG"] ?? "",
        LAYERKEEP_TEST_BUILDX: engine.buildx,
        LAYERKEEP_TEST_BUILDKIT_SOCKET: bridge.socket,
        LAYERKEEP_TEST_REMOTE_BUILDER: remote,
        LAYERKEEP_TEST_REGISTRY_A: a ?? "",
        LAYERKEEP_TEST_REGISTRY_B: b ?? "",
        LAYERKEEP_TEST_BASE_IMAGE: baseImage,
        LAYERKEEP_TEST_BASE_DIGEST: digest,
        LAYERKEEP_TEST_ARM64: arm64 ? "1" : "0",
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
