import type { StepCounts } from "../../../buildkit/progress/progress.ts";
import type { LegResult } from "../../../pipeline/build/build-leg.ts";
import type { LegEvent } from "../../../pipeline/build/build-legs.ts";

/** How far the builds of a run have come. */
export interface BuildState {
  /** Legs that have not begun. */
  readonly waiting: ReadonlySet<string>;
  /** In the order in which they began. */
  readonly running: ReadonlyMap<string, RunningLeg>;
  readonly ended: readonly LegResult[];
}

export interface RunningLeg {
  /** Milliseconds. */
  readonly startedAt: number;
  /** What it does now. */
  readonly step: string;
  readonly steps: StepCounts;
}

/** Before the first event. */
export function waitingFor(legs: readonly string[]): BuildState {
  return { waiting: new Set(legs), running: new Map(), ended: [] };
}

const noSteps: StepCounts = { all: 0, done: 0, cached: 0 };

/** The state after an event; `now` in milliseconds. A parent may begin that nobody waited for. */
export function afterEvent(state: BuildState, event: LegEvent, now: number): BuildState {
  switch (event.type) {
    case "started": {
      const leg = { startedAt: now, step: "checking for a staged build", steps: noSteps };
      return {
        ...state,
        waiting: without(state.waiting, event.leg),
        running: new Map(state.running).set(event.leg, leg),
      };
    }
    case "progress": {
      const leg = state.running.get(event.leg);
      if (leg === undefined) return state;
      const { step, steps } = event;
      return { ...state, running: new Map(state.running).set(event.leg, { ...leg, step, steps }) };
    }
    case "ended": {
      const { result } = event;
      const running = new Map(state.running);
      running.delete(result.leg);
      const waiting = without(state.waiting, result.leg);
      const others = state.ended.filter(({ leg }) => leg !== result.leg);
      return { waiting, running, ended: [...others, result] };
    }
    case "builder-gone":
      return state;
  }
}

/** The steps of all legs that have begun. */
export function stepsOf({ running, ended }: BuildState): StepCounts {
  const all = [
    ...[...running.values()].map(({ steps }) => steps),
    ...ended.flatMap((result) =>
      result.outcome === "failed" ? [] : [{ ...result.steps, done: result.steps.all }],
    ),
  ];
  return all.reduce(
    (sum, { all, done, cached }) => ({
      all: sum.all + all,
      done: sum.done + done,
      cached: sum.cached + cached,
    }),
    noSteps,
  );
}

/** How long legs probably take, and how many are built at once. */
export interface Expected {
  /** Seconds, by leg; 0 for one that is reused. */
  readonly seconds: ReadonlyMap<string, number>;
  readonly jobs: number;
}

/**
 * Seconds until the last leg has probably ended; undefined if a leg has already taken longer than
 * expected or nothing is known about one.
 */
export function secondsLeft(
  { waiting, running }: BuildState,
  { seconds, jobs }: Expected,
  now: number,
): number | undefined {
  const left = [
    ...[...running].map(([leg, { startedAt }]) => {
      const expected = seconds.get(leg);
      return expected === undefined ? undefined : expected - (now - startedAt) / 1000;
    }),
    ...[...waiting].map((leg) => seconds.get(leg)),
  ];
  const known = left.filter((one) => one !== undefined);
  if (known.length < left.length || known.length === 0 || Math.max(...known) <= 0) return undefined;
  const rest = known.map((one) => Math.max(0, one));
  return Math.max(...rest, rest.reduce((sum, one) => sum + one, 0) / jobs);
}

function without(set: ReadonlySet<string>, one: string): ReadonlySet<string> {
  const left = new Set(set);
  left.delete(one);
  return left;
}
