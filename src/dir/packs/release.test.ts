import { expect, it } from "vitest";
import { release } from "./release.ts";

it("frees a large buffer at once", () => {
  const bytes = new Uint8Array(1 << 20);
  release(bytes.subarray(5));
  expect(bytes.buffer.byteLength).toBe(0);
});

it("leaves a small one, which may be a part of Node's pool", () => {
  const bytes = Buffer.from("a few bytes");
  const large = new Uint8Array(64 << 10);
  for (const one of [bytes, large]) release(one);
  expect(bytes.toString()).toBe("a few bytes");
  expect(large.buffer.byteLength).toBe(64 << 10);
});
