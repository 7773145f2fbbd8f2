import { paint } from "./style.ts";

/** What the last rows of a terminal show while something runs, below all other output. */
export interface LiveArea {
  /** Columns of the terminal. */
  readonly columns: () => number;
  /** Shows a part, drawn again several times a second, until it is replaced or undefined. */
  readonly show: (part: LivePart, render: Render | undefined) => void;
}

/** The parts, from the top. */
const parts = ["run", "waiting"] as const;
export type LivePart = (typeof parts)[number];

/** A line for a terminal, and how many columns it takes. */
export interface Line {
  readonly text: string;
  readonly width: number;
}

/** The lines to show: at most `rows`, each of at most `columns`. */
export type Render = (size: TerminalSize) => readonly Line[];

export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

export interface LiveAreaOptions {
  readonly write: (sequence: string) => void;
  readonly size: () => TerminalSize;
  readonly colour: boolean;
}

/** A live area, and how the owner of the terminal uses it. */
export interface OwnLiveArea extends LiveArea {
  /** Writes text above the area: with `write`, if it goes to another stream of the same terminal. */
  readonly above: (text: string, write?: (text: string) => void) => void;
  /** Call if the terminal's size has changed. */
  readonly redraw: () => void;
}

const redrawMs = 100;

/**
 * A live area that leaves one row and one column of the terminal free, so that drawing it never
 * scrolls or wraps it. To erase it after the terminal got narrower, it counts what the terminal made
 * of its lines: terminals wrap lines that no longer fit.
 */
export function createLiveArea({ write, size, colour }: LiveAreaOptions): OwnLiveArea {
  const shown = new Map<LivePart, Render>();
  let drawn: readonly number[] = [];
  /** Text above that has not ended its line: the area would continue it. */
  let isMidLine = false;
  let timer: NodeJS.Timeout | undefined;

  const toTop = (): string => {
    const { columns } = size();
    const up = drawn.reduce((rows, width) => rows + Math.max(1, Math.ceil(width / columns)), 0);
    // Ctrl-C is echoed where the cursor is, so that may be in any column.
    return up === 0 ? "" : `\r\u001b[${up}A`;
  };
  const redraw = (): void => {
    if (isMidLine) return;
    const { columns, rows } = size();
    const lines = linesOf(shown, { columns: columns - 1, rows: rows - 1 });
    if (lines.length === 0 && drawn.length === 0) return;
    const body = lines.map(({ text }) => `${paint(text, colour)}\u001b[K\n`).join("");
    write(`${toTop()}${body}\u001b[J`);
    drawn = lines.map(({ width }) => width);
  };
  const schedule = (): void => {
    if (shown.size > 0) timer ??= setInterval(redraw, redrawMs).unref();
    else {
      clearInterval(timer);
      timer = undefined;
    }
  };
  return {
    columns: () => size().columns,
    redraw,
    show(part, render) {
      if (render === undefined) shown.delete(part);
      else shown.set(part, render);
      schedule();
      redraw();
    },
    above(text, to = write) {
      if (text === "") return;
      if (drawn.length > 0) write(`${toTop()}\u001b[J`);
      to(text);
      drawn = [];
      isMidLine = !text.endsWith("\n");
      redraw();
    },
  };
}

/** The lines of all parts; the last parts are short, and keep their place. */
function linesOf(
  shown: ReadonlyMap<LivePart, Render>,
  { columns, rows }: TerminalSize,
): readonly Line[] {
  let left = Math.max(0, rows);
  const taken: (readonly Line[])[] = [];
  for (const part of [...parts].reverse()) {
    const lines = shown.get(part)?.({ columns, rows: left }).slice(0, left) ?? [];
    left -= lines.length;
    taken.unshift(lines);
  }
  return taken.flat();
}
