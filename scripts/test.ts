/**
 * `npm test`: format, lint, types, what is unused, build, the package, and all tests, those
 * against a real engine and registries included. It installs what it needs, starts it privately,
 * and stops all of it.
 * In CI, or with --newest-node, the unit tests run once more on the newest Node.
 */
import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { LayerkeepError, messageOf } from "../src/errors.ts";
import { isCi } from "../src/trust/environment/provider.ts";
import { run } from "./engine/run.ts";
import { startTestBed, type TestBed } from "./engine/test-bed.ts";
import { fetchNewestNode } from "./test/newest-node.ts";
import {
  type Counts,
  failure,
  header,
  openSteps,
  type Steps,
  sum,
  type VitestOptions,
} from "./test/steps.ts";
import { runMarker, sweep } from "./test/sweep.ts";

const bin = "node_modules/.bin";

async function main(): Promise<void> {
  const start = performance.now();
  const { values } = parseArgs({ options: { "newest-node": { type: "boolean" } } });
  const newestNode = values["newest-node"] === true || isCi(process.env);
  const dir = await mkdtemp(join(tmpdir(), "layerkeep-test-"));
  const id = randomUUID();
  process.env[runMarker] = id;
  const steps = openSteps(dir, withoutEngine(process.env));
  const interrupted = onSignal(() => steps.stop());
  // Started at once: apt waits for the network while the checks compute.
  const beds = startBeds();
  const counts: Counts[] = [];
  try {
    counts.push(...(await checks(steps)));
    counts.push(...(await tests(steps, await beds, newestNode ? join(dir, "node") : undefined)));
  } finally {
    for (const bed of await beds) await bed?.stop();
    for (const process of sweep(id)) console.error(`a test left a process running: ${process}`);
    await rm(dir, { recursive: true, force: true });
  }
  const { passed, failed, skipped, failures } = sum(counts);
  console.log(`\n${header("all", start)}`);
  for (const line of failures) console.log(`FAILED: ${line}`);
  if (interrupted() !== undefined) console.log("interrupted: the other tests did not run");
  // Some tests are for Linux alone. There, one that is skipped, focused or not written is a failure.
  const allRan = skipped === 0 || process.platform !== "linux";
  if (skipped > 0) console.log(`${allRan ? "" : "FAILED: "}${skipped} skipped`);
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = interrupted() ?? (failed > 0 || !allRan ? 1 : 0);
}

/** So that no test finds an engine that is not ours, whatever the shell has exported. */
function withoutEngine(env: NodeJS.ProcessEnv): Record<string, string | undefined> {
  const foreign = /^(?:DOCKER_|BUILDX_|BUILDKIT_|LAYERKEEP_TEST_(?!RUN$))/;
  return Object.fromEntries(Object.entries(env).filter(([name]) => !foreign.test(name)));
}

/** The linter takes as long as all others together. */
async function checks(steps: Steps): Promise<Counts[]> {
  const inOrder = async (): Promise<Counts[]> => [
    await steps.check("format", [`${bin}/biome`, "format"]),
    await steps.check("types", [`${bin}/tsc`, "--noEmit"]),
    await steps.check("unused", [`${bin}/knip`]),
    await steps.check("build", [`${bin}/tsx`, "scripts/build.ts"]),
    await steps.check("package", [`${bin}/tsx`, "scripts/check-package.ts"]),
  ];
  const lint = steps.check("lint", [`${bin}/eslint`, "--max-warnings", "0"]);
  return [...(await inOrder()), await lint];
}

/** The e2e tests take longest: in parts, two lanes share them evenly. */
const e2eParts = 9;

/**
 * The suites that use the engine wait for it half of the time, so they run in two lanes, each with
 * a test bed of its own, so that neither empties the other's builder. A lane that is free takes the
 * next run. Without an engine they still run, and say so by failing. The newest Node is put into
 * `nodeDir`, if one is given.
 */
async function tests(
  steps: Steps,
  beds: readonly (TestBed | undefined)[],
  nodeDir: string | undefined,
): Promise<Counts[]> {
  const missing = beds.some((bed) => bed === undefined);
  const counts = missing ? [failure("the engine and the registries")] : [];
  counts.push(await steps.vitest("unit", {}));
  const runs = [
    (lane: Lane) => steps.vitest("integration", lane),
    (lane: Lane) => steps.vitest("contract", lane),
    ...Array.from({ length: e2eParts }, (_, at) => (lane: Lane) => {
      const shard = `${at + 1}/${e2eParts}`;
      return steps.vitest("e2e", { ...lane, name: `e2e ${shard}`, shard });
    }),
    ...(nodeDir === undefined ? [] : [() => testsOnNewestNode(steps, nodeDir)]),
  ];
  const work = async (bed: TestBed | undefined): Promise<void> => {
    const env = bed?.variables ?? {};
    for (let run = runs.shift(); run !== undefined; run = runs.shift()) {
      counts.push(await run({ env, printed: "when done" }));
    }
  };
  await Promise.all(beds.map(work));
  return counts;
}

type Lane = Pick<VitestOptions, "env" | "printed">;

async function testsOnNewestNode(steps: Steps, dir: string): Promise<Counts> {
  try {
    const node = await fetchNewestNode(dir);
    const version = (await run([node, "--version"], { purpose: "newest Node" })).trim();
    return await steps.vitest("unit", {
      name: `unit (Node ${version})`,
      node,
      printed: "when done",
    });
  } catch (error) {
    console.error(messageOf(error));
    return failure("the newest Node");
  }
}

/** Two, one after the other: the second finds all that the first has installed. */
async function startBeds(): Promise<(TestBed | undefined)[]> {
  return [await startBed(), await startBed()];
}

/** Undefined, and the reason printed, where it cannot be had. */
async function startBed(): Promise<TestBed | undefined> {
  try {
    const dir = await mkdtemp(join(tmpdir(), "layerkeep-"));
    return await startTestBed({ dir, inMemory: true });
  } catch (error) {
    const hint = error instanceof LayerkeepError && error.hint !== undefined ? error.hint : "";
    console.error(`the engine: FAILED: ${messageOf(error)}\n${hint}`);
    return undefined;
  }
}

/** Calls at the first signal; returns how to ask for the exit code that a signal means. */
function onSignal(act: () => void): () => number | undefined {
  let code: number | undefined;
  for (const [signal, value] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const) {
    process.on(signal, () => {
      code ??= value;
      act();
    });
  }
  return () => code;
}

await main();
