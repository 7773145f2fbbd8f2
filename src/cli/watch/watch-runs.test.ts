import { expect, it } from "vitest";
import { testIo } from "../../../test/support/io.ts";
import type { Config } from "../../config/config.ts";
import { type PlannedRun, watchRuns } from "./watch-runs.ts";

const config = { root: "/nowhere", file: "/nowhere/layerkeep.yml", variants: [] };
const planned = { plan: { legs: [] }, legs: [], session: { config } } as unknown as PlannedRun;

it.each([
  ["by Ctrl-C, which cuts short what looks for changes", true],
  ["by an error that is not expected", false],
])("ends %s", async (_, isInterrupted) => {
  const ending = new AbortController();
  const { io, err } = testIo({ signal: ending.signal });
  const unexpected = new Error("unexpected");
  let loaded = 0;
  const watching = watchRuns(
    {
      run: (_legs, onPlan) => {
        onPlan(planned);
        return Promise.resolve();
      },
      loadConfig: () => {
        if (loaded++ === 0) return Promise.resolve(config as unknown as Config);
        if (isInterrupted) ending.abort();
        return Promise.reject(unexpected);
      },
      quiet: false,
    },
    io,
  );
  if (isInterrupted) expect(await watching).toBe(0);
  else await expect(watching).rejects.toBe(unexpected);
  expect(err()).toContain("watching the files of 0 legs\n");
});
