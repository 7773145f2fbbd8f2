import type { LegEvent } from "../../../pipeline/build/build-legs.ts";
import { githubGroup, type GroupMarks, gitlabSection } from "../../progress/log-group.ts";
import { clip } from "../../terminal/width.ts";
import type { BuildDisplay, DisplayOptions } from "./display.ts";
import { foldReused } from "../fold-reused.ts";
import { type LegLog, startLegLog } from "../leg-log.ts";
import { endOf, renderTrouble } from "../leg-lines.ts";
import { longestStep } from "./plain-display.ts";

/**
 * For a CI's log: a line when a leg or a step starts and, when the leg ends, a group with all that
 * its steps printed. So the outputs of legs that run at once do not mix. If there is only one leg,
 * its group is open while it runs. What has not ended when the display is closed is printed too.
 */
export function groupedDisplay(
  { write, draw, legs, now }: DisplayOptions,
  ci: "github" | "gitlab",
): BuildDisplay {
  const [only, ...others] = legs;
  const streamed = others.length === 0 && only?.action === "build" ? only.id : undefined;
  const reused = foldReused(legs);
  const logs = new Map<string, LegLog>();
  const marksOf = (title: string, leg: string, startedAt: number): GroupMarks => {
    const name = `${leg}-${startedAt}`;
    const group = { title, name, startedAt, endedAt: now(), isFolded: leg !== streamed };
    return ci === "github" ? githubGroup(group) : gitlabSection(group);
  };
  const start = (leg: string): void => {
    const log = startLegLog(now(), leg === streamed ? (line) => write(`${line}\n`) : undefined);
    logs.set(leg, log);
    if (leg === streamed) draw(marksOf(leg, leg, log.startedAt).begin);
    else if (!reused.folds(leg)) write(`${leg} | started\n`);
  };
  const progress = ({ leg, begun, lines }: Extract<LegEvent, { type: "progress" }>): void => {
    const log = logs.get(leg);
    if (log === undefined) return;
    for (const { name, cached } of begun) {
      const step = clip(name, longestStep);
      log.begin(step, cached);
      if (leg !== streamed && !cached) write(`${leg} | ${step}\n`);
    }
    for (const { step, line } of lines) log.add(clip(step, longestStep), line);
  };
  const end = (leg: string, how: string): void => {
    const log = logs.get(leg);
    logs.delete(leg);
    const title = `${leg} | ${how}`;
    const lines = log?.lines() ?? [];
    if (log === undefined || leg === streamed || lines.length === 0) {
      if (log !== undefined && leg === streamed) draw(marksOf(leg, leg, log.startedAt).end);
      write(`${title}\n`);
      return;
    }
    const { begin, end } = marksOf(title, leg, log.startedAt);
    draw(begin);
    write(lines.map((line) => `${line}\n`).join(""));
    draw(end);
  };
  return {
    onEvent(event) {
      if (event.type === "started") start(event.leg);
      if (event.type === "progress") progress(event);
      if (event.type === "ended") {
        const { leg } = event.result;
        if (reused.take(event.result)) logs.delete(leg);
        else end(leg, endOf(event.result));
      }
      write(renderTrouble(event));
    },
    close() {
      for (const leg of logs.keys()) end(leg, "stopped");
      write(reused.line());
    },
  };
}
