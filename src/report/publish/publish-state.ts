import { count } from "../../count.ts";
import type { PublishEvent } from "../../pipeline/publish/publish-variants.ts";
import type { Line, TerminalSize } from "../terminal/live-area.ts";
import { styled } from "../terminal/style.ts";
import { lineOf } from "../terminal/width.ts";
import { formatSeconds } from "../table.ts";

/** How far publishing has come. */
export interface PublishState {
  readonly variants: number;
  /** In the order in which they began. */
  readonly running: ReadonlyMap<string, RunningVariant>;
  readonly ended: number;
  readonly failed: number;
}

interface RunningVariant {
  /** Milliseconds. */
  readonly startedAt: number;
  readonly blobs: Readonly<Record<"copied" | "mounted" | "there", number>>;
}

const noBlobs = { copied: 0, mounted: 0, there: 0 };

/** Before the first event. */
export function beforePublishing(variants: number): PublishState {
  return { variants, running: new Map(), ended: 0, failed: 0 };
}

/** The state after an event; `now` in milliseconds. */
export function afterPublishEvent(
  state: PublishState,
  event: PublishEvent,
  now: number,
): PublishState {
  const running = new Map(state.running);
  switch (event.kind) {
    case "started":
      return { ...state, running: running.set(event.variant, { startedAt: now, blobs: noBlobs }) };
    case "blob": {
      const one = running.get(event.variant);
      if (one === undefined) return state;
      const blobs = { ...one.blobs, [event.how]: one.blobs[event.how] + 1 };
      return { ...state, running: running.set(event.variant, { ...one, blobs }) };
    }
    case "ended": {
      running.delete(event.variant);
      const failed = state.failed + (event.result.error === undefined ? 0 : 1);
      return { ...state, running, ended: state.ended + 1, failed };
    }
    case "resolved":
    case "again":
    case "tag":
      return state;
  }
}

/** Totals: `publishing: 3 of 12 images, 4.2 s, 1.20 GB sent (45.0 MB/s)`. */
export function renderPublishing(
  verb: string,
  { variants, ended, failed }: PublishState,
  seconds: number,
  transfer: string,
): string {
  const parts = [
    `${verb}: ${ended} of ${count(variants, "image")}`,
    ...(failed === 0 ? [] : [styled("red", `${failed} failed`)]),
    formatSeconds(seconds),
    ...(transfer === "" ? [] : [transfer]),
  ];
  return parts.join(", ");
}

/** The images that are being published, as many as have a place. `now` in milliseconds. */
export function renderRunning(
  { running }: PublishState,
  { columns, rows }: TerminalSize,
  now: number,
): readonly Line[] {
  const all = [...running];
  const shown = all.length <= rows ? all : all.slice(0, Math.max(0, rows - 1));
  const more = all.length - shown.length;
  return [
    ...shown.map(([variant, { startedAt, blobs }]) => {
      const time = formatSeconds((now - startedAt) / 1000);
      const ways = Object.entries(blobs).flatMap(([how, number]) =>
        number === 0 ? [] : [`${number} ${how}`],
      );
      const done = ways.length === 0 ? "" : `  blobs: ${ways.join(", ")}`;
      return lineOf(`${variant}  ${time}${done}`, columns);
    }),
    ...(more > 0 ? [lineOf(`+${more} more`, columns)] : []),
  ];
}
