import type { Step } from "../../buildkit/progress/progress.ts";
import type { BuildRecord } from "../records/build-record.ts";
import { parseStepName } from "../explain/step-name.ts";

/** BuildKit creates a step's layer from 0.02 s before to 0.1 s after the step's end (0.32). */
const mostMs = 500;
/** A step's end is so many times nearer than that of any other. */
const clearly = 3;

/**
 * The steps that made layers, by the layers' times of creation and the ends of the steps that ran in
 * these builds. A cache itself holds no names. A time is left out if it is not clear which step it
 * belongs to. Pure.
 */
export function stepsThatMade(
  times: readonly string[],
  records: readonly Pick<BuildRecord, "steps">[],
): ReadonlyMap<string, string> {
  const sorted = times.map((time) => ({ time, at: Date.parse(time) })).sort((a, b) => a.at - b.at);
  const builds = records.map(({ steps }) => steps.flatMap(whenItRan));
  const inOrder = builds.flatMap((ran) => pairInOrder(sorted, ran));
  const paired = new Set(inOrder.map(({ time }) => time));
  const ran = builds.flat();
  const nearest = sorted.flatMap(({ time, at }) => {
    const step = paired.has(time) ? undefined : nearestTo(at, ran);
    return step === undefined ? [] : [{ time, step }];
  });
  const found = [...inOrder, ...nearest];
  const layers = new Map<Ran, number>();
  for (const { step } of found) layers.set(step, (layers.get(step) ?? 0) + 1);
  // A step makes one layer.
  return new Map(
    found.flatMap(({ time, step }) => (layers.get(step) === 1 ? [[time, step.name]] : [])),
  );
}

interface Ran {
  readonly name: string;
  readonly stage: string;
  /** Milliseconds. */
  readonly ended: number;
}

interface Made {
  readonly time: string;
  readonly step: Ran;
}

function whenItRan({ name, cached, error, ended }: Step): readonly Ran[] {
  const step = parseStepName(name);
  if (step === undefined || cached || error !== undefined || ended === undefined) return [];
  return [{ name, stage: step.stage, ended: Date.parse(ended) }];
}

/** The steps of one stage make their layers one after the other. */
function pairInOrder(
  times: readonly { readonly time: string; readonly at: number }[],
  ran: readonly Ran[],
): readonly Made[] {
  const steps = [...ran].sort((a, b) => a.ended - b.ended);
  const [first, last] = [steps[0], steps.at(-1)];
  if (first === undefined || last === undefined) return [];
  const during = times.filter(({ at }) => at >= first.ended - mostMs && at <= last.ended + mostMs);
  const pairs = during.flatMap(({ time, at }, index) => {
    const step = steps[index];
    return step !== undefined && isNear(at, step) ? [{ time, step }] : [];
  });
  const isWhole = during.length === steps.length && pairs.length === steps.length;
  return isWhole && steps.every(({ stage }) => stage === first.stage) ? pairs : [];
}

function nearestTo(at: number, ran: readonly Ran[]): Ran | undefined {
  const away = ({ ended }: Ran): number => Math.abs(at - ended);
  const [nearest, next] = [...ran].sort((a, b) => away(a) - away(b));
  if (nearest === undefined || !isNear(at, nearest)) return undefined;
  return next === undefined || away(next) > clearly * away(nearest) ? nearest : undefined;
}

function isNear(at: number, { ended }: Ran): boolean {
  return Math.abs(at - ended) <= mostMs;
}
