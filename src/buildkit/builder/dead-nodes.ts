import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemCodeOf } from "../../errors.ts";
import { type Builder, deadNodes } from "./builder.ts";
import type { Buildx } from "./buildx.ts";
import { buildxConfigFolder } from "./environment.ts";

/** A buildx that can be used until this object is disposed of. */
export interface ScopedBuildx extends AsyncDisposable {
  readonly buildx: Buildx;
}

/** The parts of buildx's folder that describe its builders (docker/buildx, store/store.go). */
const copied = ["instances", "defaults", "current", ".buildNodeID"];

/**
 * A buildx that does not know about dead nodes. Unless each node was created with `--platform`,
 * buildx connects to every node of a builder before it chooses one, and a build fails if a node
 * does not answer (docker/buildx, build/resolver.go; tried with 0.29). So it gets a copy of its own
 * folder without those nodes. Returns the same buildx if all nodes answer.
 */
export async function withoutDeadNodes(
  buildx: Buildx,
  builders: readonly Builder[],
): Promise<ScopedBuildx> {
  const broken = builders.filter((builder) => deadNodes(builder).length > 0);
  if (broken.length === 0) {
    return { buildx, [Symbol.asyncDispose]: () => Promise.resolve() };
  }
  // Only its owner can read it: builders' files contain certificates.
  const folder = await mkdtemp(join(tmpdir(), "layerkeep-buildx-"));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    await copyFolder(buildxConfigFolder(buildx.env), folder);
    for (const builder of broken) await leaveOut(folder, builder);
  } catch (error) {
    await remove();
    throw error;
  }
  const env = { ...buildx.env, BUILDX_CONFIG: folder };
  return { buildx: { ...buildx, env }, [Symbol.asyncDispose]: remove };
}

async function copyFolder(from: string, to: string): Promise<void> {
  await mkdir(join(to, "instances"));
  for (const name of copied) {
    await cp(join(from, name), join(to, name), { recursive: true }).catch((error: unknown) => {
      if (systemCodeOf(error) !== "ENOENT") throw error;
    });
  }
}

/** Rewrites a builder's file with only the nodes that answer. */
async function leaveOut(folder: string, builder: Builder): Promise<void> {
  const file = join(folder, "instances", builder.name);
  const dead = new Set(deadNodes(builder).map(({ name }) => name));
  const value: unknown = JSON.parse(await readFile(file, "utf8"));
  if (typeof value !== "object" || value === null || !("Nodes" in value)) return;
  const nodes: unknown = value.Nodes;
  if (!Array.isArray(nodes)) return;
  const Nodes = nodes.filter((node: unknown) => !dead.has(nameOf(node)));
  await writeFile(file, JSON.stringify({ ...value, Nodes }), { mode: 0o600 });
}

function nameOf(node: unknown): string {
  const named = typeof node === "object" && node !== null && "Name" in node ? node.Name : undefined;
  return typeof named === "string" ? named : "";
}
