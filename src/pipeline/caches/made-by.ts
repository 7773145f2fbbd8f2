import type { Step } from "../../buildkit/progress/progress.ts";
import type { BuildRecord } from "../records/build-record.ts";
import { parseStepName } from "../explain/step-name.ts";

/** BuildKit creates a step's layer when the step has ended, usually within 0.1 seconds. */
const latestMs = 5_000;
/** If steps of several stages end within this time, it is not known which one made a layer. */
const closeMs = 200;

/**
 * The steps that made layers, by the layers' times of creation: steps that ran in these builds, just
 * before. A cache itself holds no names. A time is left out if no step fits, or several do. Pure.
 */
export function stepsThatMade(
  times: readonly string[],
  records: readonly Pick<BuildRecord, "steps">[],
): ReadonlyMap<string, string> {
  const ran = records.flatMap(({ steps }) => steps.flatMap(whenItRan));
  const found = times.flatMap((time) => {
    const name = madeAt(Date.parse(time), ran);
    return name === undefined ? [] : [{ time, name }];
  });
  const layers = new Map<Ran, number>();
  for (const { name } of found) layers.set(name, (layers.get(name) ?? 0) + 1);
  // A step makes one layer.
  return new Map(
    found.flatMap(({ time, name }) => (layers.get(name) === 1 ? [[time, name.step]] : [])),
  );
}

interface Ran {
  readonly step: string;
  readonly stage: string;
  /** Milliseconds. */
  readonly ended: number;
}

function whenItRan({ name, cached, error, ended }: Step): readonly Ran[] {
  const step = parseStepName(name);
  if (step === undefined || cached || error !== undefined || ended === undefined) return [];
  return [{ step: name, stage: step.stage, ended: Date.parse(ended) }];
}

function madeAt(time: number, ran: readonly Ran[]): Ran | undefined {
  const before = ran
    .filter(({ ended }) => ended <= time && time - ended < latestMs)
    .sort((a, b) => b.ended - a.ended);
  const [last] = before;
  if (last === undefined) return undefined;
  const isClear = before.every(
    ({ stage, ended }) => stage === last.stage || last.ended - ended > closeMs,
  );
  return isClear ? last : undefined;
}
