import { execFileSync } from "node:child_process";
import { setMaxListeners } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { loadConfig } from "../../../src/config/load/load.ts";
import { exec } from "../../../src/exec.ts";
import { parsePlatform } from "../../../src/oci/platform.ts";
import { parseReference } from "../../../src/oci/reference.ts";
import { buildLegs } from "../../../src/pipeline/build/build-legs.ts";
import type { LegResult } from "../../../src/pipeline/build/build-leg.ts";
import { planLegs } from "../../../src/pipeline/plan-legs.ts";
import { createContentMemory } from "../../../src/inputs/files/content-memory.ts";
import type { Plan, PlannedLeg } from "../../../src/plan/plan.ts";
import { createInputCheck } from "../../../src/plan/recheck.ts";
import { decideTrust } from "../../../src/trust/trust.ts";
import type { RegistryClient } from "../../../src/registry/client.ts";
import { contextOf, noClaims } from "../configs.ts";
import { testEngine } from "../engine.ts";

/** A repository without git, with a cache repository of its own, for trials on the engine. */
export interface Ground extends Disposable {
  readonly root: string;
  /** In no other ground. */
  readonly id: string;
  write(path: string, text: string | Buffer): void;
  plan(): Promise<Plan>;
  build(plan: Plan): Promise<readonly LegResult[]>;
  /** What `/v` is in a staged leg; undefined if nothing is staged there. */
  stagedText(leg: PlannedLeg): Promise<string | undefined>;
}

export function openGround(client: RegistryClient, config: string): Ground {
  const root = mkdtempSync(join(tmpdir(), "layerkeep-ground-"));
  const id = root.slice(-6).toLowerCase();
  const { registries, buildx, env } = testEngine();
  const write = (path: string, text: string | Buffer): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  const cache = `${registries[0]}/ground-${id}/cache`;
  write("layerkeep.yml", `cache: ${cache}\ndefaults: { provenance: "false" }\n${config}`);
  const context = contextOf({ provider: "git", event: "local" });
  const trust = decideTrust(context, { claims: noClaims, outside: {}, write: true });
  const { signal } = new AbortController();
  setMaxListeners(0, signal);
  const memory = createContentMemory();
  const now = (): Date => new Date();
  return {
    root,
    id,
    write,
    plan: async () =>
      planLegs(await loadConfig({ file: join(root, "layerkeep.yml"), vars: {} }), context, {
        ...{ client, exec, env, memory, trust, now: now(), version: "0" },
        ...{ force: false, cold: false, refresh: false, builder: undefined },
        machine: parsePlatform("linux/amd64"),
      }),
    build: (plan) =>
      buildLegs(plan, withoutCaches(plan), {
        ...{ client, root, env, now, signal, jobs: 4 },
        buildx: { path: buildx, env, exec },
        buildersOf: () => ["default"],
        check: createInputCheck(plan, { root, memory }),
        keepLogs: true,
        writeLocalRecord: () => Promise.resolve(),
        onEvent: () => undefined,
      }),
    stagedText: (leg) => readText(client, leg),
    [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }),
  };
}

/** What a builder has is what is to be mixed up; a registry's cache only takes time. */
function withoutCaches(plan: Plan): readonly PlannedLeg[] {
  return plan.legs.map((leg) => ({ ...leg, cache: { from: [], to: [] } }));
}

async function readText(client: RegistryClient, leg: PlannedLeg): Promise<string | undefined> {
  const reference = parseReference(leg.staged?.leg ?? "");
  const { host, path } = reference;
  const found = await client.getManifest(reference, { fresh: true });
  if (found === undefined) return undefined;
  const { kind, content } = found.manifest;
  const layer = kind === "manifest" ? content.layers.at(-1) : undefined;
  if (layer === undefined) throw new Error("an image without layers");
  const bytes = await client.readBlob({ host, path }, layer, 1 << 26);
  return execFileSync("tar", ["xOz", "v"], { input: bytes, encoding: "utf8", stdio: "pipe" });
}
