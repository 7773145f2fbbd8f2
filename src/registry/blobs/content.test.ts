import { Readable } from "node:stream";
import { finished } from "node:stream/promises";
import { expect, test } from "vitest";
import { digestOf } from "../../oci/digest.ts";
import { PushedContent } from "./content.ts";

const descriptor = { mediaType: "x/y", digest: digestOf("x"), size: 100 };

/** Content that reports when it is abandoned before its end, as an answer's body does. */
function body(failAt = Infinity): Readable {
  let sent = 0;
  return new Readable({
    read() {
      sent += 10;
      if (sent > failAt) this.destroy(new Error("the disk failed"));
      else this.push(sent > 100 ? null : Buffer.alloc(10));
    },
    destroy(error, done) {
      done(error ?? (sent > 100 ? null : new Error("aborted")));
    },
  });
}

async function push(content: PushedContent, breaks: boolean): Promise<void> {
  const whole = await content.whole();
  if (!("open" in whole)) throw new Error("it is not a stream");
  const stream = await whole.open();
  if (!(stream instanceof Readable)) throw new Error("it is not a stream");
  stream.once("data", () => {
    if (breaks) stream.destroy(new Error("the connection broke"));
  });
  stream.resume();
  await finished(stream).catch(() => undefined);
  // The source's own report comes later.
  await new Promise((done) => setTimeout(done, 5));
}

test("content that is abandoned because the connection broke has not failed", async () => {
  const content = new PushedContent({ host: "h", path: "a" }, descriptor, () => body());
  await push(content, true);
  expect(content.failed).toBe(false);
});

test("content that cannot be read to its end, or ends early, has failed", async () => {
  const broken = new PushedContent({ host: "h", path: "a" }, descriptor, () => body(50));
  await push(broken, false);
  expect(broken.failed).toBe(true);
  const short = new PushedContent({ host: "h", path: "a" }, descriptor, () =>
    Readable.from([Buffer.alloc(9)]),
  );
  await push(short, false);
  expect(short.failed).toBe(true);
});
