import { StringDecoder } from "node:string_decoder";
import { harmlessColouredLine, harmlessLine, lastWritten } from "../../harmless.ts";
import { type ClippedLines, LineClipper } from "./clipped-lines.ts";

/** How many of the last lines an error shows. */
const shownLines = 40;
/** Characters of a line that are shown. */
const longestShown = 2_000;
/** Characters of a line that is kept. A longer one is left out: its end may be half a secret. */
const longestKept = 1 << 16;
/** Bytes of a step's output that are kept. */
const mostBytes = 512 << 10;

/** Splits a step's output into lines, and keeps the first and the last of them. */
export class StepOutput {
  readonly #decoder = new StringDecoder("utf8");
  readonly #shown: string[] = [];
  readonly #kept = new LineClipper(mostBytes);
  /** A line that has not ended. */
  #rest = "";
  /** How many characters of it were dropped. */
  #dropped = 0;

  /** Takes in some output, and returns the lines that it completed, as harmless text. */
  add(data: Buffer): string[] {
    const lines = (this.#rest + this.#decoder.write(data)).split("\n");
    const rest = lines.pop() ?? "";
    const ended = lines.map((line) => {
      const shown = shorten(line);
      this.#kept.add(isPlain(line) ? shown : this.#keepable(line));
      this.#dropped = 0;
      return shown;
    });
    this.#shown.push(...ended);
    this.#shown.splice(0, this.#shown.length - shownLines);
    this.#rest = this.#bounded(rest);
    return ended;
  }

  /** The last lines, as harmless text. */
  lastLines(): string[] {
    return this.#rest === "" ? [...this.#shown] : [...this.#shown, shorten(this.#rest)];
  }

  /** What is kept, as harmless text but for colours. */
  lines(): ClippedLines {
    const { head, left, tail } = this.#kept.lines();
    return { head, left, tail: this.#rest === "" ? tail : [...tail, this.#keepable(this.#rest)] };
  }

  #keepable(line: string): string {
    const size = line.length + this.#dropped;
    return size > longestKept
      ? `[a line of ${size} characters was left out]`
      : harmlessColouredLine(line);
  }

  /** A progress bar never ends its line, and needs no more than its last state. */
  #bounded(rest: string): string {
    if (rest.length <= longestKept) return rest;
    const written = rest.slice(rest.lastIndexOf("\r", rest.length - 2) + 1);
    if (written.length <= longestKept) return written;
    this.#dropped += written.length - longestShown;
    return written.slice(-longestShown);
  }
}

/** Whether all of it is shown: nearly all lines. */
function isPlain(line: string): boolean {
  return line.length < longestShown && !line.includes("\u001b");
}

function shorten(line: string): string {
  return harmlessLine(lastWritten(line).slice(0, longestShown));
}
