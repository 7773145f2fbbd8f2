import { type Builder, livingNodes, runsPlatform } from "../../buildkit/builder/builder.ts";
import { exportProblem } from "../../buildkit/builder/cache-export.ts";
import type { Buildx } from "../../buildkit/builder/buildx.ts";
import type { CacheType } from "../../config/config.ts";
import { formatPlatform, type Platform } from "../../oci/platform.ts";
import { type Check, failed, ok } from "./check.ts";

/** What a config's builds need of the builders. */
export interface BuilderNeeds {
  readonly platforms: readonly string[];
  /** The types of the caches that the config's variants write. */
  readonly caches: readonly CacheType[];
  /** Whether this run writes to all of them. Otherwise those that are elsewhere are not written. */
  readonly writes: boolean;
  /** The platform of this machine. */
  readonly machine: Platform;
}

/** The version of buildx. */
export async function checkBuildx(
  find: () => Promise<Buildx>,
  signal: AbortSignal,
): Promise<Check> {
  try {
    const { path, env, exec } = await find();
    const purpose = "asking buildx for its version";
    const { stdout } = await exec([path, "version"], { env, purpose, signal, timeout: 30_000 });
    const version = /\bv?\d+\.\d+\.\d+\S*/.exec(stdout)?.[0] ?? "of an unknown version";
    return ok("buildx", "buildx", `${version} (${path})`);
  } catch (error) {
    return failed("buildx", "buildx", error);
  }
}

/** Whether builders answer, run the platforms and can export caches. */
export async function checkBuilders(
  inspect: () => Promise<readonly Builder[]>,
  needs: BuilderNeeds,
): Promise<readonly Check[]> {
  try {
    const builders = await inspect();
    return [
      ...builders.map(describe),
      ...needs.platforms.map((platform) => checkPlatform(platform, builders, needs.machine)),
      ...builders.flatMap((builder) => checkExport(builder, needs)),
    ];
  } catch (error) {
    return [failed("builder", "builder", error, { advice: "start Docker" })];
  }
}

function describe(builder: Builder): Check {
  const title = `builder ${builder.name}`;
  const dead = builder.nodes.length - livingNodes(builder).length;
  const versions = [...new Set(livingNodes(builder).map(({ buildkit }) => buildkit))].join(", ");
  const detail = `driver ${builder.driver}, BuildKit ${versions}`;
  if (dead === 0) return ok("builder", title, detail);
  return {
    ...{ id: "builder", title, outcome: "warn" },
    detail: `${detail}; ${dead} of ${builder.nodes.length} nodes did not respond`,
    advice: `start the nodes, or remove them from the builder ${builder.name}`,
  };
}

function checkPlatform(platform: string, builders: readonly Builder[], machine: Platform): Check {
  const title = `platform ${platform}`;
  const running = builders.find((builder) => runsPlatform(builder, platform));
  if (running !== undefined) {
    const isOwn = platform === formatPlatform(machine);
    const how = isOwn ? "native" : "emulated, or on another node";
    return ok("platform", title, `builder ${running.name}, ${how}`);
  }
  const architecture = platform.split("/")[1] ?? platform;
  return {
    ...{ id: "platform", title, outcome: "fail" },
    detail: "no builder supports it",
    advice: `install emulation: \`docker run --privileged --rm tonistiigi/binfmt --install ${architecture}\`, or name a builder for it under builders:`,
  };
}

/** The types that `up` writes on a person's machine, too: in this machine's registry, or beside it. */
const writtenHere: ReadonlySet<CacheType> = new Set(["registry", "local", "inline"]);

function checkExport(builder: Builder, { caches, writes }: BuilderNeeds): readonly Check[] {
  return caches.flatMap((type) => {
    const problem = exportProblem(builder, type);
    if (problem === undefined) return [];
    const { why, advice } = problem;
    return [
      {
        ...{ id: "cache-export", title: `builder ${builder.name}` },
        outcome: writes || writtenHere.has(type) ? "fail" : "warn",
        detail: `driver ${builder.driver} cannot export a cache of type ${type}: ${why}`,
        advice,
      },
    ];
  });
}
