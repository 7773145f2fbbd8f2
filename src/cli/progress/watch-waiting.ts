import type { Traffic } from "../../registry/transport/traffic.ts";
import type { LiveArea, Render } from "../../report/terminal/live-area.ts";
import { lineOf } from "../../report/terminal/width.ts";
import type { Io } from "../io.ts";
import { emitEvent } from "./emit-event.ts";

/** Waiting is usual up to here. */
const usualMs = 10_000;
/** In a log, the same host is named again after this. */
const againMs = 30_000;
const pollMs = 1_000;

export type WaitingIo = Pick<Io, "draw" | "err" | "now" | "progress" | "terminal">;

/**
 * Says which hosts have kept a request waiting for more than ten seconds: on a terminal for as long
 * as they do, elsewhere as lines.
 */
export function watchWaiting(traffic: Pick<Traffic, "waiting">, io: WaitingIo): void {
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
      if (progress !== "rawjson") io.err(`${renderWaiting(one)}\n`);
      else emitEvent(io, { type: "waiting", host: one.host, seconds: secondsOf(one) });
    }
  };
  setInterval(poll, pollMs).unref();
}

const mostLines = 3;

type Waiting = ReturnType<Traffic["waiting"]>[number];

function renderWaiting(one: Waiting): string {
  return `waiting for ${one.host} to respond (${secondsOf(one)} s)`;
}

function secondsOf({ milliseconds }: Waiting): number {
  return Math.floor(milliseconds / 1000);
}
