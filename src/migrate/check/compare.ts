import type { Config } from "../../config/config.ts";
import { runKey, type SeenImage } from "../config/variants/draft.ts";
import type { SampleEvent } from "../events/sample-event.ts";
import { compareRun } from "./compare-run.ts";
import { planRun } from "./plan-run.ts";

/** What the new config does differently. */
export interface Difference {
  readonly message: string;
  /** In which runs: "the tag v1.2.3". */
  readonly runs: readonly string[];
}

/**
 * Compares what the old workflows built and published in each example run with what the new config
 * plans for it.
 */
export async function compareRuns(
  seen: readonly SeenImage[],
  events: readonly SampleEvent[],
  config: Config,
): Promise<readonly Difference[]> {
  const found = new Map<string, string[]>();
  for (const event of events) {
    const key = runKey(event);
    const images = seen.flatMap((one) => (runKey(one.event) === key ? [one.image] : []));
    const plan = await planRun(config, event);
    for (const message of compareRun(images, plan)) {
      found.set(message, [...(found.get(message) ?? []), event.name]);
    }
  }
  return [...found].map(([message, runs]) => ({ message, runs }));
}
