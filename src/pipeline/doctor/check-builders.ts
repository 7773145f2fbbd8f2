import {
  type Builder,
  exportsCaches,
  livingNodes,
  runsPlatform,
} from "../../buildkit/builder/builder.ts";
import type { Buildx } from "../../buildkit/builder/buildx.ts";
import { formatPlatform, type Platform } from "../../oci/platform.ts";
import { type Check, failed, ok } from "./check.ts";

/** What a config's builds need of the builders. */
export interface BuilderNeeds {
  readonly platforms: readonly string[];
  /** Whether caches of type `registry` are written. */
  readonly cachesInRegistry: boolean;
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
      ...(needs.cachesInRegistry ? builders.flatMap(checkExport) : []),
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

function checkExport(builder: Builder): readonly Check[] {
  if (exportsCaches(builder, "registry")) return [];
  return [
    {
      ...{ id: "cache-export", title: `builder ${builder.name}`, outcome: "fail" },
      detail: "it cannot export caches to a registry",
      advice:
        "turn on Docker's containerd image store, or use `docker buildx create --driver docker-container --use`",
    },
  ];
}
