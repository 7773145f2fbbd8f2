import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startCncfRegistry } from "../../scripts/engine/cncf-registry.ts";
import { startRegistry } from "../../src/server/start.ts";

/** A registry of its own on a free loopback port, its data in a folder that goes with it. */
export interface TestRegistry extends AsyncDisposable {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
}

/** The implementations that each suite in test/contract runs over. */
export const registryKinds = [
  { name: "the CNCF registry", start: startCncf },
  { name: "the embedded registry", start: startEmbedded },
] as const;

/** Debian's docker-registry. Throws where it is not installed, and says how to get it. */
export async function startCncf(): Promise<TestRegistry> {
  const root = await mkdtemp(join(tmpdir(), "layerkeep-cncf-"));
  const registry = await startCncfRegistry({ root });
  return {
    host: registry.host,
    async [Symbol.asyncDispose]() {
      await registry.stop();
      await rm(root, { recursive: true, force: true });
    },
  };
}

/** Ours, in this process. */
export async function startEmbedded(): Promise<TestRegistry> {
  const root = await mkdtemp(join(tmpdir(), "layerkeep-embedded-"));
  const registry = await startRegistry({ root });
  return {
    host: registry.host,
    async [Symbol.asyncDispose]() {
      await registry.close();
      await rm(root, { recursive: true, force: true });
    },
  };
}
