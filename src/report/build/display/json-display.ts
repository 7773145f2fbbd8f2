import type { LegEvent } from "../../../pipeline/build/build-legs.ts";
import { type ProgressEvent, renderProgressEvent } from "../../progress/progress-event.ts";
import type { BuildDisplay, DisplayOptions } from "./display.ts";
import { legResultJson } from "../leg-result-json.ts";

/** One JSON object a line for whatever happens; docs/progress.md lists them. */
export function jsonDisplay({ draw, now }: DisplayOptions): BuildDisplay {
  return {
    onEvent(event) {
      const at = now();
      draw(
        eventsOf(event)
          .map((one) => renderProgressEvent(one, at))
          .join(""),
      );
    },
    close: () => undefined,
  };
}

function eventsOf(event: LegEvent): readonly ProgressEvent[] {
  switch (event.type) {
    case "started":
      return [{ type: "leg-started", leg: event.leg }];
    case "progress": {
      const { leg, begun, lines } = event;
      return [
        ...begun.map(({ name, cached }) => ({ type: "step-started", leg, step: name, cached })),
        ...lines.map(({ step, line }) => ({ type: "output", leg, step, line })),
      ];
    }
    case "ended":
      return [{ type: "leg-ended", ...legResultJson(event.result) }];
    case "builder-gone":
      return [{ ...event }];
  }
}
