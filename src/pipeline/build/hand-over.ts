import { hash } from "node:crypto";
import { mkdir, mkdtemp, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { statSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import type { EngineInputs } from "../../buildkit/arguments.ts";
import { dockerfilePath, inlineName } from "../../config/variants/dockerfile-path.ts";
import { clientConfigWithoutProxies } from "../../buildkit/builder/client-config.ts";
import { secretVariables } from "../../buildkit/builder/environment.ts";
import { formatLayout, parseContextAddress } from "../../dockerfile/context-address.ts";
import { familiarName } from "../../dockerfile/image-name.ts";
import { readIgnoreBeside } from "../../dockerfile/ignore/ignore-file.ts";
import type { Trust } from "../../trust/context.ts";
import { holdInputs } from "../../inputs/moving/held-inputs.ts";
import type { Plan, PlannedLeg } from "../../plan/plan.ts";
import type { CheckedLeg } from "../../plan/recheck.ts";
import { mountSpace } from "../mounts/mount-space.ts";
import { layoutFolder } from "../oci-layout.ts";

/** What buildx receives for one leg, in a folder that is deleted on disposal. */
export interface HandedOver extends AsyncDisposable {
  readonly inputs: EngineInputs;
  /** Variables beyond those that buildx always gets. */
  readonly env: NodeJS.ProcessEnv;
  /** Image names that were changed in the Dockerfile, from new to old. */
  readonly renamed: ReadonlyMap<string, string>;
}

export interface HandOverOptions {
  /** Absolute path of the config's folder. */
  readonly root: string;
  /** The whole environment: a secret may name a variable of it. */
  readonly env: NodeJS.ProcessEnv;
  /** Contexts that are other variants, as BuildKit is given them. */
  readonly contexts?: Readonly<Record<string, string>>;
}

/**
 * Lays out a leg for buildx in a temporary folder: its Dockerfile with digests in it, the files
 * beside the Dockerfile, and a link to its context.
 *
 * BuildKit stores what it received of a folder under the last part of the context's path, and the
 * next time compares only size, mode and time. It therefore mixes up two contexts of one name
 * (moby/buildkit#4950), named contexts included. So the link's name identifies the folders, and the
 * content of files whose times do not show a change. The next build of the same folders uses the
 * same name, and sends only what changed.
 */
export async function handOver(
  plan: Plan,
  leg: PlannedLeg,
  checked: CheckedLeg,
  { root, env, contexts: parents = {} }: HandOverOptions,
): Promise<HandedOver> {
  const folder = await mkdtemp(join(tmpdir(), "layerkeep-build-"));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    const { build } = leg;
    const { target, labels, network, shmSize, ulimits, allow, addHosts } = build;
    const held = holdInputs(checked.inputs, plan.pins);
    const context = resolve(root, build.context);
    const contexts = absoluteContexts(held.contexts, root, parents);
    const link = join(folder, sourceName([context, ...Object.values(contexts)], checked.settled));
    const [dockerfile, clientEnv] = await Promise.all([
      writeDockerfile(folder, pathOf(root, build), held.dockerfile, checked),
      clientConfigWithoutProxies(env, folder),
      symlink(context, link),
    ]);
    const { secrets } = plan.trust;
    return {
      inputs: {
        ...{ target, labels, network, shmSize, ulimits, allow, addHosts },
        dockerfile,
        context: link,
        args: { ...build.args, ...held.args, ...mountSpace(plan, leg) },
        contexts,
        secrets: secrets ? build.secrets : [],
        ssh: secrets ? build.ssh : [],
        sbomGenerator: held.sbomGenerator,
        provenance: provenanceOf(build.provenance, plan.trust.level),
      },
      env: { ...clientEnv, ...(secrets ? secretVariables(build.secrets, env) : {}) },
      renamed: held.renamed,
      [Symbol.asyncDispose]: remove,
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

function pathOf(root: string, build: PlannedLeg["build"]): string | undefined {
  const path = dockerfilePath(build);
  return path === undefined ? undefined : resolve(root, path);
}

/**
 * Writes the Dockerfile, its ignore file and its policy, which an inline one does not have. Returns
 * the Dockerfile's path.
 */
async function writeDockerfile(
  folder: string,
  original: string | undefined,
  text: string,
  { inputs }: CheckedLeg,
): Promise<string> {
  const own = join(folder, "dockerfile");
  await mkdir(own);
  const path = join(own, original === undefined ? inlineName : basename(original));
  const ignore = original === undefined ? undefined : readIgnoreBeside(original);
  const { policy } = inputs.file;
  await Promise.all([
    writeTimed(path, text),
    ignore === undefined ? undefined : writeTimed(`${path}.dockerignore`, ignore),
    policy === undefined ? undefined : writeFile(`${path}.rego`, policy),
  ]);
  return path;
}

/** 2001 to 2033, in seconds. */
const [firstTime, mostSeconds] = [1_000_000_000, 1_000_000_000];

/**
 * BuildKit takes two files of the same name and size for one if they were written within one tick
 * of the clock. So a file's time is derived from its content.
 */
async function writeTimed(path: string, text: string): Promise<void> {
  const sum = hash("sha256", text, "buffer");
  const time =
    firstTime + (sum.readUInt32BE(0) % mostSeconds) + (sum.readUInt32BE(4) % 1000) / 1000;
  await writeFile(path, text);
  await utimes(path, time, time);
}

/** A folder that was deleted and created again at the same path counts as another. */
function sourceName(folders: readonly string[], settled: readonly string[]): string {
  const parts = folders.map((path) => {
    const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
    return [path, stats && `${stats.dev} ${stats.ino} ${stats.birthtimeNs}`].join("\0");
  });
  return `context-${hash("sha256", JSON.stringify([parts, settled])).slice(0, 20)}`;
}

function absoluteContexts(
  contexts: Readonly<Record<string, string>>,
  root: string,
  parents: Readonly<Record<string, string>>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(contexts).flatMap(([name, value]): [string, string][] => {
      const address = parseContextAddress(value);
      if (address.kind === "folder") return [[name, resolve(root, address.path)]];
      if (address.kind === "variant") {
        // One that the Dockerfile does not read is not resolved, nor needed.
        const parent = parents[familiarName(name)];
        return parent === undefined ? [] : [[name, parent]];
      }
      if (address.kind !== "layout") return [[name, value]];
      return [[name, formatLayout({ ...address, path: layoutFolder(address, root) })]];
    }),
  );
}

function provenanceOf(
  asked: PlannedLeg["build"]["provenance"],
  level: Trust["level"],
): EngineInputs["provenance"] {
  if (asked !== "auto") return asked;
  return level === "untrusted" ? "min" : "max";
}
