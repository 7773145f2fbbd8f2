import { StringDecoder } from "node:string_decoder";
import { harmlessColouredLine, harmlessLine, lastWritten } from "../../harmless.ts";
import { LineMasker, type Mask, maskSecrets } from "../../secrets.ts";
import { type ClippedLines, LineClipper } from "./clipped-lines.ts";

/** How many of the last lines an error shows. */
const shownLines = 40;
/** Characters of a line that are shown. */
const longestShown = 2_000;
/** Characters of a line that is kept. A longer one is left out: its end may be half a secret. */
const longestKept = 1 << 16;
/** Bytes of a step's output that are kept. */
const mostBytes = 512 << 10;

/** Splits a step's output into lines without secrets, and keeps the first and the last of them. */
export class StepOutput {
  readonly #masker: LineMasker;
  readonly #decoder = new StringDecoder("utf8");
  readonly #shown: string[] = [];
  readonly #kept = new LineClipper(mostBytes);
  /** A line that has not ended. */
  #rest = "";
  /** How many characters of it were dropped. */
  #dropped = 0;

  constructor(mask: Mask = maskSecrets) {
    this.#masker = new LineMasker(mask);
  }

  /** Takes in some output, and returns the lines that it completed, as harmless text. */
  add(data: Buffer): string[] {
    const lines = (this.#rest + this.#decoder.write(data)).split("\n");
    const rest = lines.pop() ?? "";
    const ended = lines.map((line) => {
      const { shown, kept } = this.#read(line, (text) => this.#masker.next(text));
      this.#kept.add(kept);
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
    return this.#rest === "" ? [...this.#shown] : [...this.#shown, this.#readRest().shown];
  }

  /** What is kept, as harmless text but for colours. */
  lines(): ClippedLines {
    const { head, left, tail } = this.#kept.lines();
    return { head, left, tail: this.#rest === "" ? tail : [...tail, this.#readRest().kept] };
  }

  #readRest(): ReadLine {
    return this.#read(this.#rest, (text) => this.#masker.peek(text));
  }

  /** A line in which something is masked loses its colours, which could divide a secret. */
  #read(line: string, mask: Mask): ReadLine {
    const plain = harmlessLine(lastWritten(line).slice(0, longestKept));
    const masked = mask(plain);
    const size = line.length + this.#dropped;
    const leftOut = `[a line of ${size} characters was omitted]`;
    const shown = this.#dropped > 0 ? leftOut : masked.slice(0, longestShown);
    if (size > longestKept) return { shown, kept: leftOut };
    return { shown, kept: masked === plain ? harmlessColouredLine(line) : masked };
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

interface ReadLine {
  /** For people who watch. */
  readonly shown: string;
  readonly kept: string;
}
