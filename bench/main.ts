/**
 * `npm run bench [-- build | publish | registry | fast-paths …]`: what we cost beside the field's
 * tools, as ratios of one run. Installs and starts what it needs; nothing else should run beside
 * it. Exits with 1 if a figure misses its budget.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { messageOf } from "../src/errors.ts";
import { startRegistry } from "../src/server/start.ts";
import { startTestBed } from "../scripts/engine/test-bed.ts";
import { benchAffected } from "./affected.ts";
import { type BenchBed, benchBedOf } from "./bed.ts";
import { benchCache } from "./cache.ts";
import { benchCacheCopy } from "./cache-copy.ts";
import { benchCaches } from "./cache-repository.ts";
import { benchCopy, benchRingSockets } from "./copy.ts";
import { benchDir, judgeDir } from "./dir/bench-dir.ts";
import { benchLint } from "./lint.ts";
import { benchPlainYaml, benchPlan } from "./plan.ts";
import { benchPublish } from "./publish.ts";
import { benchRegistry } from "./registry.ts";
import { benchStart } from "./start.ts";
import { benchWarmBuild, type WarmBuildRegistry } from "./warm-build.ts";

/** A benchmark prints its figures and says whether all of them are in budget. */
type Bench = (bed: BenchBed) => Promise<boolean>;

const benches: Readonly<Record<string, Bench>> = {
  start: async () => {
    const { node, layerkeep, allowed } = await benchStart();
    const added = layerkeep - node;
    console.log(`start     node -e 0 ${ms(node)}, layerkeep --version ${ms(layerkeep)}`);
    return verdict(added <= allowed, `adds ${ms(added)}, budget ${ms(allowed)}`);
  },
  build: async (bed) => {
    const root = await mkdtemp(join(tmpdir(), "lk-bench-registry-"));
    await using registry = await startRegistry({ root });
    try {
      const ours = await warmBuild(bed, "embedded registry", { host: registry.host, waits: 0 });
      const [cncf] = bed.registries;
      return (await warmBuild(bed, "CNCF registry", { host: cncf, waits: 1_000 })) && ours;
    } finally {
      await rm(root, { recursive: true, force: true });
    }
  },
  publish: async () => {
    // As users type it, and as the budget names it.
    const results = await benchPublish({ buildx: ["docker", "buildx"], log: console.log });
    return results.every(
      ({ ratio, budget = 0, oursFailed }) => ratio >= budget && oursFailed === 0,
    );
  },
  plan: async () => {
    const figures = await benchPlan();
    return figures.every(({ milliseconds, budget }) => milliseconds <= (budget ?? Infinity));
  },
  lint: async () => {
    const { workflows, lines, findings, milliseconds, budget } = await benchLint();
    console.log(
      `lint      ${workflows} workflows of ${lines} lines, ${findings} findings: ${ms(milliseconds)}`,
    );
    return verdict(milliseconds <= budget, `budget ${ms(budget)}`);
  },
  affected: async () => {
    const { commits, legs, touched, all, median, slowest } = await benchAffected();
    console.log(
      `affected  ${commits} commits, ${legs} legs, ${touched.toFixed(1)} touched by each: ${ms(all)} (median ${ms(median)}, slowest ${ms(slowest)})`,
    );
    return verdict(all <= commits * 100, `a commit costs ${ms(all / commits)}, budget ${ms(100)}`);
  },
  cache: async (bed) => {
    const { records, bytes, parse, inspect, diff, memory } = benchCache();
    console.log(
      `cache     ${records} records, ${mb(bytes)} of config: read in ${ms(parse)}, inspected in ${ms(inspect)}, compared with itself in ${ms(diff)}, in ${mb(memory)} of memory`,
    );
    const listed = await benchCaches();
    console.log(
      `          ${listed.caches} caches of 60 layers and their logs: listed in ${ms(listed.survey)} with ${listed.requests} requests, judged in ${ms(listed.judge)}, counted in ${ms(listed.usage)}, in ${mb(listed.memory)} of memory`,
    );
    const copy = await benchCacheCopy(bed);
    console.log(
      `          copy of ${mb(copy.bytes)} in 6 layers: layerkeep cache copy ${ms(copy.layerkeep)}, skopeo copy ${ms(copy.skopeo)}`,
    );
    const ratio = copy.skopeo / copy.layerkeep;
    return verdict(ratio >= 1, `${ratio.toFixed(2)} times as fast as skopeo, budget 1`);
  },
  dir: async () => {
    const verdicts = judgeDir(await benchDir());
    return verdicts.map(({ good, text }) => verdict(good, text)).every(Boolean);
  },
  registry: async () => {
    const figures = [...(await benchRegistry()), ...(await benchCopy())];
    return figures.every(({ ratio, budget }) => ratio >= budget);
  },
  // What each of our fast paths wins; one that wins less than a tenth is to be deleted.
  "fast-paths": async () => {
    const { on, off } = await benchPlainYaml();
    const yaml = off / on;
    console.log(`plain YAML  500 legs planned: on ${ms(on)}, off ${ms(off)}`);
    const good = verdict(yaml >= 1.1, `off takes ${yaml.toFixed(2)} times as long, budget 1.10`);
    const figures = await benchRingSockets();
    const rings = figures.map(({ what, ratio }) =>
      verdict(
        ratio >= 1.1,
        `${what}: off takes ${ratio.toFixed(2)} times the processor, budget 1.10`,
      ),
    );
    return good && rings.every(Boolean);
  },
};

const usual = ["start", "build", "publish"];

async function main(): Promise<number> {
  const names = process.argv.slice(2);
  const unknown = names.filter((name) => !(name in benches));
  if (unknown.length > 0) {
    console.error(
      `unknown benchmark: ${unknown.join(", ")} (choose from ${Object.keys(benches).join(", ")})`,
    );
    return 2;
  }
  const dir = await mkdtemp(join(tmpdir(), "lk-bench-"));
  const bed = await startTestBed({ dir });
  const stop = (): void => void bed.stop().finally(() => process.exit(130));
  process.once("SIGINT", stop).once("SIGTERM", stop);
  try {
    let good = true;
    for (const name of names.length > 0 ? names : usual) {
      good = ((await benches[name]?.(benchBedOf(bed))) ?? false) && good;
    }
    return good ? 0 : 1;
  } finally {
    await bed.stop();
    await rm(dir, { recursive: true, force: true });
  }
}

async function warmBuild(
  bed: BenchBed,
  name: string,
  registry: WarmBuildRegistry,
): Promise<boolean> {
  const { docker, plugin, layerkeep, allowed } = await benchWarmBuild(bed, registry);
  const added = layerkeep - docker;
  console.log(
    `build     warm, ${name}: docker buildx build ${ms(docker)} (its plugin alone ${ms(plugin)}), layerkeep build ${ms(layerkeep)}`,
  );
  return verdict(added <= allowed, `adds ${ms(added)}, budget ${ms(allowed)}`);
}

function verdict(good: boolean, text: string): boolean {
  console.log(`          ${text}: ${good ? "within budget" : "OVER BUDGET"}`);
  return good;
}

function mb(bytes: number): string {
  return `${(bytes / 1e6).toFixed(bytes < 10e6 ? 1 : 0)} MB`;
}

function ms(value: number): string {
  return `${value.toFixed(0)} ms`;
}

process.exitCode = await main().catch((error: unknown) => {
  console.error(messageOf(error));
  return 70;
});
