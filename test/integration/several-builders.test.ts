import { setMaxListeners } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, expect, it } from "vitest";
import { createRemoteBuilder, startBridge } from "../../scripts/engine/bridge.ts";
import { loadConfig } from "../../src/config/load/load.ts";
import { exec } from "../../src/exec.ts";
import { createContentMemory } from "../../src/inputs/files/content-memory.ts";
import { parsePlatform } from "../../src/oci/platform.ts";
import { buildLegs, type LegEvent } from "../../src/pipeline/build/build-legs.ts";
import { planLegs } from "../../src/pipeline/plan-legs.ts";
import { createInputCheck } from "../../src/plan/recheck.ts";
import { anonymous } from "../../src/registry/auth/credentials.ts";
import { RegistryClient } from "../../src/registry/client.ts";
import { decideTrust } from "../../src/trust/trust.ts";
import { contextOf, noClaims } from "../support/configs.ts";
import { testEngine } from "../support/engine.ts";
import { type PrivateEngine, startPrivateEngine } from "../support/private-engine.ts";

/** Three daemons that share the legs of a platform; one is killed while it builds. */

const {
  buildx: path,
  env: shared,
  baseImage,
  registries: [registry],
} = testEngine();
const names = ["a", "b", "c"] as const;
const platform = "linux/amd64";
const variants = ["one", "two", "three", "four", "five", "six"];
const client = new RegistryClient({ credentials: anonymous });
let root: string;
let env: NodeJS.ProcessEnv;
let engines: ReadonlyMap<string, PrivateEngine>;
const closers: (() => Promise<void>)[] = [];

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), "layerkeep-builders-"));
  env = { ...process.env, ...shared, BUILDX_CONFIG: join(root, "buildx") };
  engines = new Map(
    await Promise.all(names.map(async (name) => [name, await startRemote(name)] as const)),
  );
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
  rmSync(root, { recursive: true, force: true });
});
afterAll(() => client[Symbol.asyncDispose]());

/** A builder with the driver `remote` on an engine of its own. */
async function startRemote(name: string): Promise<PrivateEngine> {
  const own = await startPrivateEngine();
  closers.push(async () => own[Symbol.asyncDispose]());
  const bridge = await startBridge(own.engine);
  closers.push(() => bridge.stop());
  const clientEnv = { ...own.engine.env, BUILDX_CONFIG: join(root, "buildx") };
  await createRemoteBuilder({ ...own.engine, env: clientEnv }, bridge, name);
  return own;
}

function write(file: string, text: string): void {
  mkdirSync(join(root, "app"), { recursive: true });
  writeFileSync(join(root, "app", file), text);
}

it("spreads legs, and builds those of a daemon that is killed on the others", async () => {
  const id = root.slice(-6).toLowerCase();
  write(
    "layerkeep.yml",
    `cache: ${registry}/several-${id}/cache
builders: {${platform}: [${names.join(", ")}]}
variants:
${variants.map((name) => `  ${name}: { args: { NAME: ${name} } }`).join("\n")}
`,
  );
  write("Dockerfile", `FROM ${baseImage.reference}\nARG NAME\nRUN echo $NAME > /name && sleep 3\n`);
  const config = await loadConfig({ file: join(root, "app/layerkeep.yml"), vars: {} });
  const context = contextOf();
  const trust = decideTrust(context, { claims: noClaims, outside: {}, write: true });
  const memory = createContentMemory();
  const now = (): Date => new Date();
  const plan = await planLegs(config, context, {
    ...{ client, exec, env, memory, trust, now: now(), version: "0" },
    ...{ force: false, cold: false, refresh: false, builder: undefined },
    machine: parsePlatform(platform),
  });
  const events: LegEvent[] = [];
  const running = new Set<string>();
  const { signal } = new AbortController();
  setMaxListeners(0, signal);
  const results = await buildLegs(plan, plan.legs, {
    ...{ client, env, now, root: config.root, jobs: 3, signal },
    buildx: { path, env, exec },
    buildersOf: ({ builders }) => builders,
    check: createInputCheck(plan, { root: config.root, memory }),
    keepLogs: true,
    writeLocalRecord: () => Promise.resolve(),
    onEvent: (event) => {
      events.push(event);
      if (event.type !== "progress" || !event.begun.some(({ name }) => name.includes("RUN")))
        return;
      running.add(event.leg);
      if (running.size === names.length) engines.get("b")?.engine.kill();
    },
  });

  const gone = events.filter((event) => event.type === "builder-gone");
  expect(gone).toEqual([
    {
      type: "builder-gone",
      builder: "b",
      why: expect.stringMatching(/error reading from server|closing/) as string,
      legs: [expect.stringMatching(/^\w+\/linux\/amd64$/)],
      others: ["a", "c"],
    },
  ]);
  const moved = gone.flatMap(({ legs }) => legs);
  expect(results.map(({ outcome, warnings }) => ({ outcome, warnings }))).toEqual(
    plan.legs.map(({ id: leg }) => ({
      outcome: "built",
      warnings: moved.includes(leg)
        ? ['builder "b" stopped responding, so the leg was built on another builder']
        : [],
    })),
  );
  const on = results.map((result) => (result.outcome === "failed" ? undefined : result.builder));
  expect(new Set(on)).toEqual(new Set(["a", "c"]));
});
