import { clip } from "../../terminal/width.ts";
import type { BuildDisplay, DisplayOptions } from "./display.ts";
import { foldReused } from "../fold-reused.ts";
import { endOf, renderTrouble } from "../leg-lines.ts";

/** Prints a line when a leg or a step starts, each line that a step prints, and when a leg ends. */
export function plainDisplay({ write, legs }: DisplayOptions): BuildDisplay {
  const reused = foldReused(legs);
  return {
    onEvent(event) {
      if (event.type === "started" && !reused.folds(event.leg)) {
        write(`${event.leg} | checking for a staged build\n`);
      }
      if (event.type === "progress") {
        const begun = event.begun.map(
          (step) => `${clip(step.name, longestStep)}${step.cached ? " (cached)" : ""}`,
        );
        const lines = event.lines.map(({ line }) => `  ${line}`);
        write([...begun, ...lines].map((line) => `${event.leg} | ${line}\n`).join(""));
      }
      if (event.type === "ended" && !reused.take(event.result)) {
        write(`${event.result.leg} | ${endOf(event.result)}\n`);
      }
      write(renderTrouble(event));
    },
    close: () => write(reused.line()),
  };
}

/** Longer names of steps are clipped. Columns. */
export const longestStep = 100;
