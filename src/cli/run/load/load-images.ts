import { basename } from "node:path";
import { daemonPlatform, type Docker, loadImage } from "../../../buildkit/engine/docker-images.ts";
import { LayerkeepError } from "../../../errors.ts";
import { exec } from "../../../exec.ts";
import { formatRepository } from "../../../oci/reference.ts";
import { resolveLeg } from "../../../pipeline/stage/resolve-leg.ts";
import { chooseLoads } from "../../../plan/choose-loads.ts";
import type { Plan, PlannedLeg } from "../../../plan/plan.ts";
import { type Io, warn } from "../../io.ts";
import type { Session } from "../session.ts";

/** An image that Docker has now. */
export interface LoadedImage {
  readonly leg: string;
  readonly digest: string;
  readonly names: readonly string[];
}

/** What was loaded, and why no more. */
export interface Loading {
  readonly images: readonly LoadedImage[];
  /** Such as a staged-leg error if a leg is not staged, and an engine error if there is no Docker. */
  readonly error: LayerkeepError | undefined;
}

/**
 * Loads staged legs of a plan into Docker, under the names that they are published by: of each
 * variant the leg of Docker's platform, or the one that is `named`. Stops at the first failure.
 */
export async function loadImages(...wanted: LoadArguments): Promise<Loading> {
  const [, , , , { signal }] = wanted;
  const images: LoadedImage[] = [];
  try {
    for await (const image of loading(...wanted)) images.push(image);
    return { images, error: undefined };
  } catch (error) {
    if (!(error instanceof LayerkeepError) || signal.aborted) throw error;
    return { images, error };
  }
}

type LoadArguments = [
  plan: Plan,
  legs: readonly PlannedLeg[],
  named: readonly string[],
  session: Pick<Session, "client" | "config">,
  io: Io,
];

async function* loading(
  ...[plan, legs, named, { client, config }, io]: LoadArguments
): AsyncGenerator<LoadedImage, void, undefined> {
  const { env, signal } = io;
  const docker: Docker = { exec, env, signal };
  const engine = await daemonPlatform(docker);
  const folder = basename(config.root);
  const { loads, without } = chooseLoads(plan, legs, { named, engine, folder });
  if (without.length > 0) {
    const platform = `${engine.os}/${engine.architecture}`;
    warn(io, `not loaded: ${without.join(", ")}: no leg for ${platform}, the platform of Docker`);
  }
  for (const { leg, names } of loads) {
    const { source, digest } = await resolveLeg(client, leg, signal);
    const reference = `${formatRepository(source)}@${digest}`;
    await loadImage(docker, { reference, platform: leg.platform, names });
    yield { leg: leg.id, digest, names };
  }
}
