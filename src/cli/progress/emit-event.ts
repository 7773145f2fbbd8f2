import { type ProgressEvent, renderProgressEvent } from "../../report/progress/progress-event.ts";
import type { Io } from "../io.ts";

/** Writes an event of `--progress rawjson`. */
export function emitEvent({ draw, now }: Pick<Io, "draw" | "now">, event: ProgressEvent): void {
  draw(renderProgressEvent(event, now().getTime()));
}

/**
 * The edge of a command with `--progress rawjson`: on stderr, notes and warnings are events too, so
 * that all of it can be parsed.
 */
export function withEvents(io: Io): Io {
  return {
    ...io,
    warn: (text) => emitEvent(io, { type: "warning", text }),
    err: (text) => {
      const note = text.trim();
      if (note !== "") emitEvent(io, { type: "note", text: note });
    },
  };
}
