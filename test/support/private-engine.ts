import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Engine, removeEngine, startEngine } from "../../scripts/engine/docker.ts";

/** An engine of a test's own, to be emptied or killed. */
export interface PrivateEngine extends AsyncDisposable {
  readonly engine: Engine;
  /** DOCKER_HOST, DOCKER_CONFIG and BUILDX_CONFIG. */
  readonly env: Readonly<Record<string, string>>;
}

/** Starts one on nothing, with more of its daemon.json; it goes with its data when it is disposed of. */
export async function startPrivateEngine(settings: object = {}): Promise<PrivateEngine> {
  const engine = await startEngine({ dir: await mkdtemp(join(tmpdir(), "lk-")), settings });
  const { DOCKER_HOST = "", DOCKER_CONFIG = "", BUILDX_CONFIG = "" } = engine.env;
  return {
    engine,
    env: { DOCKER_HOST, DOCKER_CONFIG, BUILDX_CONFIG },
    [Symbol.asyncDispose]: () => removeEngine(engine),
  };
}
