import { messageOf } from "../../errors.ts";
import type { Inspection } from "../../cache/use/inspect.ts";
import { DockerfileReader } from "../../inputs/leg-inputs.ts";
import { stepsThatMade } from "../../pipeline/caches/made-by.ts";
import { lineOfStep } from "../../pipeline/caches/step-line.ts";
import { readLog } from "../../pipeline/records/build-log.ts";
import type { LegNames } from "../../plan/names.ts";
import { type Io, warn } from "../io.ts";
import type { CacheRepository } from "./repository/cache-repository.ts";

/** Names the steps in a leg's cache by the builds in its log, and by the lines of its Dockerfile. */
export async function nameSteps(
  inspection: Inspection,
  leg: LegNames,
  { client, config, name: repository }: CacheRepository,
  io: Io,
): Promise<Inspection> {
  const variant = config.variants.find(({ name }) => name === leg.variant);
  const log = `${repository}:${leg.log}`;
  const [records, read] = await Promise.all([
    readLog(client, log, { signal: io.signal }).catch((error: unknown) => {
      if (io.signal.aborted) throw error;
      warn(io, `cannot read ${log}, so steps are not named: ${messageOf(error)}`);
      return [];
    }),
    // It may have been deleted, and names are known without it.
    variant && new DockerfileReader(config.root).read(variant).catch(() => undefined),
  ]);
  const times = inspection.steps.flatMap(({ createdAt }) => createdAt ?? []);
  const made = stepsThatMade(times, records);
  const steps = inspection.steps.map((step) => {
    const name = step.name ?? made.get(step.createdAt ?? "") ?? null;
    const line =
      name === null || read === undefined ? undefined : lineOfStep(name, read.dockerfile);
    const place = line === undefined ? null : `${variant?.dockerfile ?? ""}:${line}`;
    return { ...step, name, place };
  });
  return { ...inspection, steps };
}
