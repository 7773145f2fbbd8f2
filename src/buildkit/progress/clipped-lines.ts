/** Lines, of which the middle is left out if they are many. */
export interface ClippedLines {
  readonly head: readonly string[];
  /** What is left out between `head` and `tail`. */
  readonly left: LeftOut;
  readonly tail: readonly string[];
}

interface LeftOut {
  readonly lines: number;
  readonly bytes: number;
}

/** The share of the limit that the first lines get. Failures are at the end. */
const headShare = 1 / 4;

/** Keeps the first and the last of many lines, in at most `limit` bytes of UTF-8. */
export class LineClipper {
  readonly #headLimit: number;
  readonly #tailLimit: number;
  readonly #head: string[] = [];
  #headBytes = 0;
  #tail: string[] = [];
  #tailBytes = 0;
  #left: LeftOut = { lines: 0, bytes: 0 };
  #isTail = false;

  constructor(limit: number) {
    this.#headLimit = Math.floor(limit * headShare);
    this.#tailLimit = limit - this.#headLimit;
  }

  add(line: string): void {
    const bytes = bytesOf(line);
    if (!this.#isTail && this.#headBytes + bytes <= this.#headLimit) {
      this.#head.push(line);
      this.#headBytes += bytes;
      return;
    }
    this.#isTail = true;
    this.#tail.push(line);
    this.#tailBytes += bytes;
    // Half of them at once: one at a time would be slow.
    if (this.#tailBytes > 2 * this.#tailLimit) this.#trim(this.#tailLimit);
  }

  /** Takes in that lines were left out here: what follows the head so far is left out, too. */
  leaveOut({ lines, bytes }: LeftOut): void {
    this.#isTail = true;
    this.#trim(0);
    this.#left = { lines: this.#left.lines + lines, bytes: this.#left.bytes + bytes };
  }

  /** The lines so far. */
  lines(): ClippedLines {
    this.#trim(this.#tailLimit);
    return { head: [...this.#head], left: this.#left, tail: [...this.#tail] };
  }

  #trim(limit: number): void {
    let count = 0;
    let bytes = 0;
    for (const line of this.#tail) {
      if (this.#tailBytes - bytes <= limit) break;
      bytes += bytesOf(line);
      count += 1;
    }
    if (count === 0) return;
    this.#tail = this.#tail.slice(count);
    this.#tailBytes -= bytes;
    this.#left = { lines: this.#left.lines + count, bytes: this.#left.bytes + bytes };
  }
}

/**
 * Clips several texts so that all of them have at most `limit` bytes. Those that have less than
 * their share are kept whole, and leave the rest of it to the longer ones.
 */
export function clipTogether(
  texts: readonly ClippedLines[],
  limit: number,
): readonly ClippedLines[] {
  const sizes = texts.map(({ head, tail }) => sizeOf(head) + sizeOf(tail));
  const share = fairShare(sizes, limit);
  return texts.map((text, index) => ((sizes[index] ?? 0) <= share ? text : clip(text, share)));
}

function clip({ head, left, tail }: ClippedLines, limit: number): ClippedLines {
  const clipper = new LineClipper(limit);
  for (const line of head) clipper.add(line);
  if (left.lines > 0) clipper.leaveOut(left);
  for (const line of tail) clipper.add(line);
  return clipper.lines();
}

/** The most that each may have so that the sum of all is at most `total`. */
function fairShare(sizes: readonly number[], total: number): number {
  let rest = total;
  for (const [index, size] of [...sizes].sort((a, b) => a - b).entries()) {
    const share = Math.floor(rest / (sizes.length - index));
    if (size > share) return share;
    rest -= size;
  }
  return Infinity;
}

function sizeOf(lines: readonly string[]): number {
  return lines.reduce((sum, line) => sum + bytesOf(line), 0);
}

/** With the line's end. */
function bytesOf(line: string): number {
  return Buffer.byteLength(line) + 1;
}
