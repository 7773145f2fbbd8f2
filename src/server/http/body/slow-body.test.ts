import { expect, test } from "vitest";
import { atTolerableRate, leastBytes, patienceMs, ReadingPace } from "./slow-body.ts";

/** How many bytes pass through. Each chunk has `bytes` bytes and comes `after` milliseconds. */
async function passed(
  chunks: readonly { readonly bytes: number; readonly after: number }[],
  consumerMs = 0,
): Promise<string> {
  let now = 0;
  async function* dribble(): AsyncGenerator<Uint8Array> {
    for (const { bytes, after } of chunks) {
      now += after;
      yield await Promise.resolve(new Uint8Array(bytes));
    }
  }
  let bytes = 0;
  try {
    for await (const chunk of atTolerableRate(dribble(), () => now)) {
      bytes += chunk.length;
      now += consumerMs;
    }
    return `${bytes} bytes`;
  } catch (error) {
    return `${bytes} bytes, then ${String(error)}`;
  }
}

function repeated(times: number, bytes: number, after: number) {
  return Array.from({ length: times }, () => ({ bytes, after }));
}

test("a byte a second ends after a minute", async () => {
  expect(await passed(repeated(100, 1, 1_000))).toBe(
    "59 bytes, then Refusal: the request body arrived too slowly",
  );
});

test("a slow connection may take hours", async () => {
  const perSecond = Math.ceil((leastBytes * 1_000) / patienceMs);
  expect(await passed(repeated(10_000, perSecond, 1_000))).toBe(`${10_000 * perSecond} bytes`);
});

test("a client that was fast and then slows down is cut off too", async () => {
  const quick = { bytes: 10 << 20, after: 10 };
  const said = await passed([quick, ...repeated(200, 1, 1_000)]);
  expect(said).toBe(
    `${(10 << 20) + 59 + 60} bytes, then Refusal: the request body arrived too slowly`,
  );
});

test("time that the disk takes does not count against the client", async () => {
  expect(await passed(repeated(100, 1, 1), 10 * patienceMs)).toBe("100 bytes");
});

test("an answer may be read slowly, but is aborted after a minute with too few bytes", () => {
  const pace = new ReadingPace();
  for (let minute = 0; minute < 100; minute++) pace.count(leastBytes, patienceMs);
  pace.count(leastBytes - 1, patienceMs - 1);
  expect(() => pace.count(0, 1)).toThrow("the client read too slowly");
});
