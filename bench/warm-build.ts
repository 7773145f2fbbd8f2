/** What Layerkeep adds to a warm `docker buildx build`. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { exec, execOk } from "../src/exec.ts";
import { type BenchBed, median } from "./bed.ts";

export interface WarmBuildFigure {
  /** Medians, in milliseconds: `docker buildx build`, its plugin started directly, and ours. */
  readonly docker: number;
  readonly plugin: number;
  readonly layerkeep: number;
  /** What may be added: 5 % or 150 ms, the larger, and what the registry costs by itself. */
  readonly allowed: number;
}

export interface WarmBuildRegistry {
  readonly host: string;
  /**
   * How long a claim of a tag waits there, in milliseconds: nothing if the registry honours
   * conditional writes, else a second (docs/decisions/0002-the-first-writer-wins.md).
   */
  readonly waits: number;
}

const rounds = 15;

/**
 * Builds the same warm leg by turns: `docker buildx build` with the flags that a user writes by hand
 * (push, provenance, cache from and to the registry), and `layerkeep build --force`, which plans,
 * builds with the same flags, stages and keeps its record. One figure is the command from start
 * to end, its own start-up included.
 */
export async function benchWarmBuild(
  bed: BenchBed,
  { host, waits }: WarmBuildRegistry,
): Promise<WarmBuildFigure> {
  const root = await mkdtemp(join(tmpdir(), "layerkeep-bench-"));
  try {
    const cache = `${host}/bench/warm-${Date.now().toString(36)}`;
    await writeProject(root, cache, bed.baseImage);
    const env = { ...bed.env, HOME: root, XDG_CACHE_HOME: root };
    const run = (argv: readonly string[]): Promise<string> =>
      execOk(exec, argv, { cwd: root, env, purpose: "bench" });
    const ours = [
      process.execPath,
      resolve("dist/cli.js"),
      "build",
      "--write",
      "--quiet",
      "--force",
    ];
    const flags = flagsByHand(cache);
    const sides = {
      docker: ["docker", "buildx", ...flags],
      plugin: [bed.buildx, ...flags],
      layerkeep: ours,
    };
    for (const argv of Object.values(sides)) await run(argv);
    const times: Record<keyof typeof sides, number[]> = { docker: [], plugin: [], layerkeep: [] };
    for (let round = 0; round < rounds; round++) {
      times.docker.push(await timed(() => run(sides.docker)));
      times.plugin.push(await timed(() => run(sides.plugin)));
      times.layerkeep.push(await timed(() => run(sides.layerkeep)));
    }
    const docker = median(times.docker);
    return {
      docker,
      plugin: median(times.plugin),
      layerkeep: median(times.layerkeep),
      allowed: Math.max(150, docker * 0.05) + waits,
    };
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

async function writeProject(root: string, cache: string, base: string): Promise<void> {
  await mkdir(join(root, "app"));
  await writeFile(join(root, "app", "data.txt"), "data\n".repeat(1_000));
  await writeFile(
    join(root, "app", "Dockerfile"),
    `FROM ${base} AS build\nRUN echo heavy > /heavy\nCOPY data.txt /data\nRUN sort /data > /sorted\nFROM ${base}\nCOPY --from=build /heavy /sorted /\n`,
  );
  await writeFile(
    join(root, "layerkeep.yml"),
    `cache: ${cache}\ndefaults: { platforms: [linux/amd64] }\nvariants:\n  app: { context: app }\n`,
  );
}

/** What a workflow that is written by hand runs for the same leg. */
function flagsByHand(cache: string): string[] {
  return [
    "build",
    "--platform=linux/amd64",
    "--provenance=mode=max",
    `--cache-from=type=registry,ref=${cache}:hand-cache`,
    `--cache-to=type=registry,ref=${cache}:hand-cache,mode=max,ignore-error=true`,
    `--output=type=image,name=${cache}:hand,push=true,oci-mediatypes=true`,
    "app",
  ];
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}
