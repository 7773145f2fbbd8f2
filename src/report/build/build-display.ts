import { count } from "../../count.ts";
import { LayerkeepError } from "../../errors.ts";
import type { GoneBuilder } from "../../pipeline/build/builders/builder-pool.ts";
import type { LegEvent } from "../../pipeline/build/build-legs.ts";
import { renderFailure } from "./build-report.ts";
import { formatSeconds } from "../table.ts";

/** Shows builds as they run. `close` leaves the terminal as it was. */
export interface BuildDisplay {
  readonly onEvent: (event: LegEvent) => void;
  readonly close: () => void;
}

export interface DisplayOptions {
  readonly write: (text: string) => void;
  /** Control sequences for the terminal. */
  readonly draw: (sequence: string) => void;
  /** Columns of the terminal; undefined if there is none. */
  readonly columns: () => number | undefined;
  readonly now: () => number;
  readonly quiet: boolean;
}

/** On a terminal, one live line per leg; otherwise plain lines; only errors if quiet. */
export function createBuildDisplay(options: DisplayOptions): BuildDisplay {
  if (options.quiet)
    return { onEvent: (event) => showTrouble(event, options.write), close: () => undefined };
  return options.columns() === undefined ? plainDisplay(options) : liveDisplay(options);
}

/** Prints a line when a step starts, when a leg starts and when it ends. */
function plainDisplay({ write }: DisplayOptions): BuildDisplay {
  const onEvent = (event: LegEvent): void => {
    if (event.type === "started") write(`${event.leg} | checking for a staged build\n`);
    if (event.type === "progress") {
      for (const { name, cached } of event.begun) {
        write(`${event.leg} | ${clip(name)}${cached ? " (cached)" : ""}\n`);
      }
    }
    if (event.type === "ended") {
      write(`${event.result.leg} | ${endOf(event)}\n`);
    }
    showTrouble(event, write);
  };
  return { onEvent, close: () => undefined };
}

const longestStep = 100;

function clip(step: string): string {
  return step.length <= longestStep ? step : `${step.slice(0, longestStep - 1)}…`;
}

interface LiveLeg {
  readonly started: number;
  text: string;
}

const redrawMs = 100;

/** The running legs, redrawn in place below the lines of those that ended. */
function liveDisplay({ write, draw: control, columns, now }: DisplayOptions): BuildDisplay {
  const running = new Map<string, LiveLeg>();
  let drawn = 0;
  const erase = (): void => {
    if (drawn > 0) control(`\u001b[${drawn}A\u001b[0J`);
    drawn = 0;
  };
  const draw = (): void => {
    erase();
    const width = (columns() ?? 80) - 1;
    for (const [leg, { started, text }] of running) {
      const line = `${leg}  ${formatSeconds((now() - started) / 1000)}  ${text}`;
      write(`${line.slice(0, width)}\n`);
      drawn += 1;
    }
  };
  const timer = setInterval(draw, redrawMs);
  const onEvent = (event: LegEvent): void => {
    if (event.type === "started")
      running.set(event.leg, { started: now(), text: "checking for a staged build" });
    if (event.type === "progress") {
      const leg = running.get(event.leg);
      if (leg !== undefined)
        leg.text = `${count(event.done, "step")} done, ${event.cached} cached  ${event.step}`;
    }
    if (event.type === "ended") {
      erase();
      running.delete(event.result.leg);
      write(`${event.result.leg}  ${endOf(event)}\n`);
      showTrouble(event, write);
      draw();
    }
    if (event.type === "builder-gone") {
      erase();
      showTrouble(event, write);
      draw();
    }
  };
  const close = (): void => {
    clearInterval(timer);
    erase();
  };
  return { onEvent, close };
}

function endOf({ result }: Extract<LegEvent, { type: "ended" }>): string {
  const time = formatSeconds(result.seconds);
  if (result.outcome === "failed") {
    const { error } = result;
    const isParents = error instanceof LayerkeepError && error.code === "parent";
    return isParents ? error.message : `failed after ${time}`;
  }
  if (result.outcome === "reused") return `reused (${result.reason})`;
  const on = result.builder === undefined ? "" : ` on ${result.builder}`;
  return `${result.outcome}${on} in ${time}, ${result.steps.cached} of ${count(result.steps.all, "step")} cached`;
}

/** Prints what went wrong: a leg that failed, or a builder that went away. */
function showTrouble(event: LegEvent, write: (text: string) => void): void {
  if (event.type === "builder-gone") write(`warning: ${renderGone(event)}\n`);
  if (event.type !== "ended" || event.result.outcome !== "failed") return;
  write(`${renderFailure(event.result)}\n`);
}

function renderGone({ builder, why, legs, others }: GoneBuilder): string {
  const left = others.map((name) => `"${name}"`).join(" or ");
  return `builder "${builder}" is unavailable (${why}). Rebuilding on ${left}: ${legs.join(", ")}`;
}
