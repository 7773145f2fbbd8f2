import { FormatError } from "../../errors.ts";

const chunkBytes = 1 << 16;

/** Writes numbers and bytes one after the other. */
export class ByteWriter {
  readonly #full: Buffer[] = [];
  #open = Buffer.allocUnsafe(chunkBytes);
  #length = 0;

  /** A whole number from 0 to 2^53 - 1, seven bits a byte, the lowest first. */
  number(value: number): void {
    this.#reserve(8);
    let rest = value;
    while (rest >= 0x80) {
      this.#open[this.#length++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.#open[this.#length++] = rest;
  }

  /** A whole number that may be below zero. */
  signed(value: number): void {
    this.number(value < 0 ? -2 * value - 1 : 2 * value);
  }

  raw(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#open.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** Text of one byte for each character, with its length. */
  text(latin1: string): void {
    this.number(latin1.length);
    this.raw(Buffer.from(latin1, "latin1"));
  }

  finish(): Buffer {
    return Buffer.concat([...this.#full, this.#open.subarray(0, this.#length)]);
  }

  #reserve(bytes: number): void {
    if (this.#length + bytes <= this.#open.length) return;
    this.#full.push(this.#open.subarray(0, this.#length));
    this.#open = Buffer.allocUnsafe(Math.max(chunkBytes, bytes));
    this.#length = 0;
  }
}

/** Reads what a `ByteWriter` wrote. Throws a format error if the bytes are not what is expected. */
export class ByteReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  number(): number {
    let value = 0;
    for (let factor = 1; ; factor *= 0x80) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) throw ended();
      value += (byte & 0x7f) * factor;
      if (!Number.isSafeInteger(value)) throw new FormatError("a number is too large");
      if (byte < 0x80) return value;
    }
  }

  signed(): number {
    const value = this.number();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  raw(length: number): Buffer {
    const end = this.#at + length;
    if (end > this.#bytes.length) throw ended();
    const bytes = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return bytes;
  }

  text(): string {
    return this.raw(this.number()).toString("latin1");
  }

  /** A number of things of at least one byte each, so that a wrong one cannot exhaust the memory. */
  count(): number {
    const value = this.number();
    if (value > this.#bytes.length - this.#at) throw ended();
    return value;
  }

  end(): void {
    if (this.#at < this.#bytes.length) throw new FormatError("there is more than expected");
  }
}

function ended(): FormatError {
  return new FormatError("it ends too early");
}
