import type { WriteStream } from "node:tty";
import { createLiveArea, type OwnLiveArea } from "../../report/terminal/live-area.ts";
import { harmlessOutput, type Io } from "../io.ts";

type Streams = Readonly<Record<"stdout" | "stderr", WriteStream>>;
export type Output = Pick<
  Io,
  "out" | "outColoured" | "err" | "draw" | "colour" | "terminal" | "pageColumns"
>;

/** Terminals that say nothing about their size. */
const usualSize = { columns: 80, rows: 24 };

/**
 * How a process prints. If stderr is a terminal, it has a live area, above which everything is
 * printed. Colour if the terminal has it, and neither NO_COLOR nor `--no-color` is set.
 */
export function createOutput(
  { stdout, stderr }: Streams,
  env: NodeJS.ProcessEnv,
  argv: readonly string[],
): Output {
  const isDumb = env["TERM"] === "dumb";
  const isPlain = isDumb || (env["NO_COLOR"] ?? "") !== "" || argv.includes("--no-color");
  const colour = stderr.isTTY && !isPlain;
  const area = stderr.isTTY && !isDumb ? areaOf(stderr, colour) : undefined;
  const write = (text: string): void => void stderr.write(text);
  const writeOut = (text: string): void => void stdout.write(text);
  const output = harmlessOutput(
    area === undefined || !stdout.isTTY ? writeOut : (text) => area.above(text, writeOut),
    area === undefined ? write : (text) => area.above(text),
    stdout.isTTY && !isPlain,
    colour,
  );
  return {
    ...output,
    colour,
    terminal: area,
    pageColumns: () => (stdout.isTTY ? stdout.columns || usualSize.columns : undefined),
  };
}

function areaOf(stderr: WriteStream, colour: boolean): OwnLiveArea {
  const area = createLiveArea({
    write: (sequence) => void stderr.write(sequence),
    // A terminal that was just opened may have none.
    size: () => ({
      columns: stderr.columns || usualSize.columns,
      rows: stderr.rows || usualSize.rows,
    }),
    colour,
  });
  stderr.on("resize", area.redraw);
  return area;
}
