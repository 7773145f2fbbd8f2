import { randomBytes, randomInt } from "node:crypto";
import { crc32 } from "node:zlib";
import { expect, test } from "vitest";
import { findCrcStart, findFlippedBit } from "./undo-crc.ts";

test("finds the flipped bit, wherever it is", () => {
  for (let run = 0; run < 300; run++) {
    const message = randomBytes(randomInt(1, 5_000));
    const right = crc32(message);
    const offset = randomInt(message.length);
    const mask = 1 << randomInt(8);
    message.writeUInt8(message.readUInt8(offset) ^ mask, offset);
    expect(findFlippedBit(crc32(message) ^ right, message.length)).toEqual({ offset, mask });
  }
});

test("finds it if the checksum has another start value", () => {
  const message = Buffer.from("a message");
  const right = crc32(message, 4711);
  message.writeUInt8(message.readUInt8(3) ^ 0x40, 3);
  expect(findFlippedBit(crc32(message, 4711) ^ right, message.length)).toEqual({
    offset: 3,
    mask: 0x40,
  });
});

test("finds none if nothing changed, or more than one bit", () => {
  const message = Buffer.alloc(1_000, 7);
  const right = crc32(message);
  expect(findFlippedBit(0, message.length)).toBe(undefined);
  message.fill(0, 100, 110);
  expect(findFlippedBit(crc32(message) ^ right, message.length)).toBe(undefined);
});

test("finds a checksum's start value", () => {
  for (let run = 0; run < 100; run++) {
    const message = randomBytes(randomInt(1, 300));
    const start = randomInt(2 ** 32);
    expect(findCrcStart(message, crc32(message, start))).toBe(start);
  }
});
