import { renderProgressEvent } from "../../report/progress/progress-event.ts";
import type { Traffic } from "../../registry/transport/traffic.ts";
import type { LiveArea, Render } from "../../report/terminal/live-area.ts";
import { lineOf } from "../../report/terminal/width.ts";
import type { Io } from "../io.ts";

/** Waiting is usual up to here. */
const usualMs = 10_000;
/** In a log, the same host is named again after this. */
const againMs = 30_000;
const pollMs = 1_000;

/**
 * Says which hosts have kept a request waiting for more than ten seconds: on a terminal for as long
 * as they do, elsewhere as lines.
 */
export function watchWaiting(
  traffic: Pick<Traffic, "waiting">,
  io: Pick<Io, "err" | "now" | "progress" | "terminal">,
): void {
  const { progress, terminal } = io;
  if (progress === "quiet") return;
  const said = new Map<string, number>();
  let isShown = false;
  const show = (terminal: LiveArea, texts: readonly string[]): void => {
    if (texts.length === 0 && !isShown) return;
    isShown = texts.length > 0;
    const lines: Render = ({ columns }) =>
      texts.slice(0, mostLines).map((text) => lineOf(text, columns));
    terminal.show("waiting", isShown ? lines : undefined);
  };
  const poll = (): void => {
    const waiting = traffic.waiting().filter(({ milliseconds }) => milliseconds >= usualMs);
    if (progress === "tty" && terminal !== undefined) {
      show(terminal, waiting.map(renderWaiting));
      return;
    }
    const hosts = new Set(waiting.map(({ host }) => host));
    for (const host of said.keys()) if (!hosts.has(host)) said.delete(host);
    for (const one of waiting) {
      const before = said.get(one.host);
      if (before !== undefined && one.milliseconds - before < againMs) continue;
      said.set(one.host, one.milliseconds);
      io.err(render(one));
    }
  };
  const render = (one: Waiting): string => {
    if (progress !== "rawjson") return `${renderWaiting(one)}\n`;
    const event = { type: "waiting", host: one.host, seconds: secondsOf(one) };
    return renderProgressEvent(event, io.now().getTime());
  };
  setInterval(poll, pollMs).unref();
}

const mostLines = 3;

type Waiting = ReturnType<Traffic["waiting"]>[number];

function renderWaiting(one: Waiting): string {
  return `waiting for ${one.host} for ${secondsOf(one)} s`;
}

function secondsOf({ milliseconds }: Waiting): number {
  return Math.floor(milliseconds / 1000);
}
