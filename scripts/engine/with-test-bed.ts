import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startTestBed } from "./test-bed.ts";

/**
 * Runs `act` with an engine: the one that the environment names, or one of its own, which is
 * stopped at the end and when a signal ends the process.
 */
export async function withTestBed(act: () => Promise<void>): Promise<void> {
  if ((process.env["LAYERKEEP_TEST_DOCKER_HOST"] ?? "") !== "") return act();
  const bed = await startTestBed({ dir: await mkdtemp(join(tmpdir(), "layerkeep-")) });
  const onSignal = (): void => {
    void bed.stop().finally(() => process.exit(130));
  };
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) process.once(signal, onSignal);
  try {
    Object.assign(process.env, bed.variables);
    await act();
  } finally {
    for (const signal of signals) process.off(signal, onSignal);
    await bed.stop();
  }
}
