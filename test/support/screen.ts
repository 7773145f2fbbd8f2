import xterm from "@xterm/headless";

/** A terminal without a window: what a user would see of what was written to it. */
export interface Screen {
  readonly write: (text: string) => void;
  /** What is visible: its rows without trailing space, and without the empty ones at the end. */
  readonly rows: () => Promise<readonly string[]>;
  /** Also the rows that have scrolled out of view; a wrapped line is one. */
  readonly lines: () => Promise<readonly string[]>;
  /** Done when something that was written is shown. */
  readonly written: () => Promise<void>;
  /** The colour of the first text like this that is visible; `none` for that of other text. */
  readonly colourOf: (text: string) => Promise<string>;
  readonly resize: (columns: number, rows: number) => Promise<void>;
  readonly size: () => { readonly columns: number; readonly rows: number };
}

const colours = ["black", "red", "green", "yellow"];

/** `translates`: a line feed also returns the cursor, as a pseudo-terminal makes it. */
export function createScreen(columns: number, rows: number, translates = true): Screen {
  const options = { cols: columns, rows, convertEol: translates, allowProposedApi: true };
  const terminal = new xterm.Terminal({ ...options, scrollback: 10_000 });
  const written = (): Promise<void> => new Promise((done) => terminal.write("", done));
  const read = (from: number): string[] => {
    const { active } = terminal.buffer;
    const read: string[] = [];
    for (let at = from; at < active.length; at++) {
      read.push(active.getLine(at)?.translateToString(true) ?? "");
    }
    return read.slice(0, read.findLastIndex((row) => row !== "") + 1);
  };
  return {
    write: (text) => terminal.write(text),
    written,
    async rows() {
      await written();
      return read(terminal.buffer.active.baseY);
    },
    async lines() {
      await written();
      const { active } = terminal.buffer;
      return read(0).reduce<string[]>((lines, row, at) => {
        const before = lines.pop();
        if (before === undefined) return [row];
        return active.getLine(at)?.isWrapped === true
          ? [...lines, before + row]
          : [...lines, before, row];
      }, []);
    },
    async colourOf(text) {
      await written();
      const { active } = terminal.buffer;
      for (let at = active.baseY; at < active.length; at++) {
        const line = active.getLine(at);
        const column = line?.translateToString().indexOf(text) ?? -1;
        const cell = column < 0 ? undefined : line?.getCell(column);
        if (cell !== undefined)
          return cell.isFgPalette() ? (colours[cell.getFgColor()] ?? "") : "none";
      }
      return "not shown";
    },
    async resize(toColumns, toRows) {
      await written();
      terminal.resize(toColumns, toRows);
    },
    size: () => ({ columns: terminal.cols, rows: terminal.rows }),
  };
}
