import type { LiveArea } from "../../terminal/live-area.ts";
import { renderBlock } from "./build-block.ts";
import type { BuildDisplay, DisplayOptions } from "./display.ts";
import { afterEvent, waitingFor } from "./build-state.ts";
import { endOf, renderTrouble } from "../leg-lines.ts";

/** Totals and running legs, redrawn in place below a line for each leg that was built or failed. */
export function terminalDisplay(options: DisplayOptions, terminal: LiveArea): BuildDisplay {
  const { write, now, legs, expected, signal } = options;
  const startedAt = now();
  let state = waitingFor(legs.map(({ id }) => id));
  terminal.show("run", (size) =>
    renderBlock(state, {
      ...size,
      now: now(),
      startedAt,
      isStopping: signal.aborted,
      expected: expected(),
    }),
  );
  return {
    onEvent(event) {
      state = afterEvent(state, event, now());
      // Those that are reused are counted, and listed after the run.
      const isShown = event.type === "ended" && event.result.outcome !== "reused";
      const end = isShown ? `${event.result.leg}  ${endOf(event.result)}\n` : "";
      const text = `${end}${renderTrouble(event)}`;
      if (text !== "") write(text);
    },
    close: () => terminal.show("run", undefined),
  };
}
