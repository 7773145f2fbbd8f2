import { count } from "../../../count.ts";
import type { Line, TerminalSize } from "../../terminal/live-area.ts";
import { styled } from "../../terminal/style.ts";
import { clip, lineOf, pad, widthOf } from "../../terminal/width.ts";
import { formatAbout, formatSeconds } from "../../table.ts";
import {
  type BuildState,
  type Expected,
  type RunningLeg,
  secondsLeft,
  stepsOf,
} from "./build-state.ts";

export interface BlockOptions extends TerminalSize {
  /** Milliseconds. */
  readonly now: number;
  readonly startedAt: number;
  readonly isStopping: boolean;
  readonly expected: Expected;
}

/** What a terminal shows while legs are built: totals, then running legs, as many as have a place. */
export function renderBlock(state: BuildState, options: BlockOptions): readonly Line[] {
  const { columns, rows, now } = options;
  const running = [...state.running];
  const places = rows - 1;
  const shown = running.length <= places ? running : running.slice(0, Math.max(0, places - 1));
  const names = Math.min(
    Math.floor(columns / 2),
    Math.max(0, ...shown.map(([leg]) => widthOf(leg))),
  );
  const more = running.length - shown.length;
  return [
    lineOf(totals(state, options), columns),
    ...shown.map(([leg, one]) =>
      lineOf(`${pad(clip(leg, names), names)}  ${doing(one, now)}`, columns),
    ),
    ...(more > 0 ? [lineOf(`+${more} more`, columns)] : []),
  ].slice(0, Math.max(0, rows));
}

function doing({ startedAt, step, steps }: RunningLeg, now: number): string {
  const time = formatSeconds((now - startedAt) / 1000);
  const counted = steps.all === 0 ? "" : `${steps.done}/${count(steps.all, "step")}  `;
  return `${time}  ${counted}${step}`;
}

/** The parts that have a place, the most important first. */
function totals(state: BuildState, options: BlockOptions): string {
  const { columns, now, startedAt, isStopping, expected } = options;
  const { waiting, running, ended } = state;
  const all = waiting.size + running.size + ended.length;
  const number = (outcome: string): number => ended.filter((it) => it.outcome === outcome).length;
  const left = secondsLeft(state, expected, now);
  const steps = stepsOf(state);
  const failed = number("failed");
  const parts = [
    ...(isStopping ? [styled("yellow", `stopping ${count(running.size, "build")}`)] : []),
    styled("bold", `${ended.length} of ${count(all, "leg")}`),
    formatSeconds((now - startedAt) / 1000),
    ...(left === undefined || isStopping ? [] : [`about ${formatAbout(left)} left`]),
    ...(failed === 0 ? [] : [styled("red", `${failed} failed`)]),
    ...counted(running.size, "running"),
    ...counted(waiting.size, "waiting"),
    ...counted(number("reused"), "reused"),
    ...(steps.all === 0 ? [] : [`${steps.done} of ${count(steps.all, "step")}`]),
  ];
  return fitting(parts, columns);
}

function counted(number: number, what: string): readonly string[] {
  return number === 0 ? [] : [`${number} ${what}`];
}

function fitting(parts: readonly string[], columns: number): string {
  const last = parts.findLastIndex((_, at) => widthOf(joined(parts.slice(0, at + 1))) <= columns);
  return joined(parts.slice(0, Math.max(0, last) + 1));
}

function joined(parts: readonly string[]): string {
  return parts.join(", ");
}
