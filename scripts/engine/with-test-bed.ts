import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startTestBed } from "./test-bed.ts";

/** Runs `act` with an engine: the one that the environment names, or one of its own. */
export async function withTestBed<T>(act: () => Promise<T>): Promise<T> {
  if ((process.env["LAYERKEEP_TEST_DOCKER_HOST"] ?? "") !== "") return act();
  const bed = await startTestBed({ dir: await mkdtemp(join(tmpdir(), "layerkeep-")) });
  try {
    Object.assign(process.env, bed.variables);
    return await act();
  } finally {
    await bed.stop();
  }
}
