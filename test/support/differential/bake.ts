import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Progress } from "../../../src/buildkit/progress/progress.ts";
import { parseSolveStatus } from "../../../src/buildkit/progress/rawjson.ts";
import { exec } from "../../../src/exec.ts";
import type { DifferentialCase } from "./case.ts";

export interface Target {
  /** A folder's name below the root, and the target's. */
  readonly id: string;
  readonly given: DifferentialCase;
}

/** How a target's build went: the steps that were not cached, or why it failed. */
export type Built =
  | { readonly missed: readonly string[]; readonly steps: number; readonly failed?: never }
  | { readonly failed: string };

/** What a bake needs: the engine's environment and buildx's binary. */
export interface BakeEngine {
  readonly env: Readonly<Record<string, string>>;
  readonly buildx: string;
}

/**
 * Builds all targets in one call of buildx. One that fails takes the others down with it, so it is
 * left out and the rest is built again; the steps that were done by then miss no more, which is
 * why those that missed are collected over the calls.
 */
export async function bake(
  root: string,
  targets: readonly Target[],
  engine: BakeEngine,
): Promise<ReadonlyMap<string, Built>> {
  const built = new Map<string, Built>();
  const missed = new Map<string, Set<string>>();
  let open = [...targets];
  while (open.length > 0) {
    const { failed, steps } = await bakeOnce(root, open, engine);
    for (const { id, name, cached } of steps) {
      if (!cached) missed.set(id, (missed.get(id) ?? new Set()).add(name));
    }
    if (failed === undefined) {
      for (const { id } of open) {
        const count = steps.filter((step) => step.id === id).length;
        built.set(id, { missed: [...(missed.get(id) ?? [])], steps: count });
      }
      return built;
    }
    built.set(failed.id, { failed: failed.why });
    open = open.filter(({ id }) => id !== failed.id);
  }
  return built;
}

interface BakedStep {
  readonly id: string;
  readonly name: string;
  readonly cached: boolean;
}

async function bakeOnce(
  root: string,
  targets: readonly Target[],
  { env, buildx }: BakeEngine,
): Promise<{
  readonly failed: { readonly id: string; readonly why: string } | undefined;
  readonly steps: readonly BakedStep[];
}> {
  const file = join(root, "bake.json");
  writeFileSync(file, JSON.stringify(bakeFile(root, targets)));
  const argv = [buildx, "bake", "--file", file, "--progress=rawjson", "--allow=fs.read=*"];
  const purpose = "building the differential cases";
  const result = await exec(argv, { cwd: root, env, purpose, maxOutput: 1 << 28 });
  const progress = new Progress();
  for (const line of result.stderr.split("\n")) {
    const status = parseSolveStatus(line);
    if (status !== undefined) progress.add(status);
  }
  // A step that was cancelled did neither.
  const ended = progress.summary().steps.filter(({ error }) => error === undefined);
  const steps = ended.map(({ name, cached }) => {
    const id = /^\[(c\d+) /.exec(name)?.[1] ?? targets[0]?.id ?? "";
    return { id, name, cached };
  });
  if (result.exitCode === 0) return { failed: undefined, steps };
  const said = /target (c\d+): ([^\n]*)/.exec(result.stderr);
  const id = said?.[1] ?? (targets.length === 1 ? targets[0]?.id : undefined);
  if (id === undefined) throw new Error(`bake failed: ${result.stderr.slice(-2000)}`);
  return { failed: { id, why: said?.[2] ?? result.stderr.slice(-500) }, steps };
}

function bakeFile(root: string, targets: readonly Target[]): unknown {
  const target = targets.map(({ id, given }) => {
    const folder = join(root, id);
    return [
      id,
      {
        context: join(folder, "ctx"),
        dockerfile: join(folder, "Dockerfile"),
        contexts: { other: join(folder, "other") },
        args: given.args ?? {},
        output: ["type=cacheonly"],
      },
    ];
  });
  return {
    target: Object.fromEntries(target) as unknown,
    group: { default: { targets: targets.map(({ id }) => id) } },
  };
}
