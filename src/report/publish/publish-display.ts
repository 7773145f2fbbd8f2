import type { PublishEvent } from "../../pipeline/publish/publish-variants.ts";
import { type ProgressEvent, renderProgressEvent } from "../progress/progress-event.ts";
import { showTotals, type TotalsOptions } from "../progress/show-totals.ts";
import { followTransfer } from "../progress/transfer.ts";
import { lineOf } from "../terminal/width.ts";
import {
  afterPublishEvent,
  beforePublishing,
  renderPublishing,
  renderRunning,
} from "./publish-state.ts";

/** Shows how images are published. `close` leaves the terminal as it was. */
export interface PublishDisplay {
  readonly onEvent: (event: PublishEvent) => void;
  readonly close: () => void;
}

export interface PublishDisplayOptions extends TotalsOptions {
  /** Lines of JSON. */
  readonly draw: (line: string) => void;
  /** Milliseconds. */
  readonly now: () => number;
  /** How many images there are. */
  readonly variants: number;
  /** Nothing is written. */
  readonly dryRun: boolean;
  /** Bytes that were sent to registries so far. */
  readonly sentBytes: () => number;
}

/** On a terminal, totals and running images; in a log, totals now and then. */
export function createPublishDisplay(options: PublishDisplayOptions): PublishDisplay {
  const { mode, write, draw, now, sentBytes } = options;
  if (mode === "quiet") return { onEvent: () => undefined, close: () => undefined };
  if (mode === "rawjson") {
    const onEvent = (event: PublishEvent): void => draw(renderProgressEvent(eventOf(event), now()));
    return { onEvent, close: () => undefined };
  }
  const startedAt = now();
  const transfer = followTransfer(sentBytes, now);
  const verb = options.dryRun ? "checking" : "publishing";
  let state = beforePublishing(options.variants);
  const totals = (): string =>
    renderPublishing(verb, state, (now() - startedAt) / 1000, transfer.text());
  const close = showTotals(options, totals, ({ columns, rows }) => [
    lineOf(totals(), columns),
    ...renderRunning(state, { columns, rows: rows - 1 }, now()),
  ]);
  return {
    onEvent(event) {
      state = afterPublishEvent(state, event, now());
      if (event.kind === "again") write(`${event.variant} | ${event.reason}\n`);
    },
    close,
  };
}

function eventOf(event: PublishEvent): ProgressEvent {
  switch (event.kind) {
    case "started":
      return { type: "image-started", variant: event.variant };
    case "resolved":
      return { type: "leg-found", variant: event.variant, leg: event.leg, digest: event.digest };
    case "blob": {
      const { variant, repository, how, bytes } = event;
      return { type: "blob", variant, repository, how, bytes };
    }
    case "again":
      return { type: "image-again", variant: event.variant, reason: event.reason };
    case "tag":
      return { type: "tag", variant: event.variant, repository: event.repository, ...event.tag };
    case "ended":
      return {
        type: "image-ended",
        variant: event.variant,
        digest: event.result.digest ?? null,
        error: event.result.error?.message ?? null,
      };
  }
}
