import { expect, it } from "vitest";
import { buildRecord } from "../../../test/support/records.ts";
import { maskOf } from "../../secrets.ts";
import { maskRecord } from "./mask-record.ts";

it("masks secrets in every text of a record, and leaves the rest", () => {
  const plain = buildRecord({
    leg: "core/linux/amd64",
    startedAt: "2026-11-21T04:00:00Z",
    cache: "ghcr.io/acme/cache:core",
  });
  expect(maskRecord(plain, maskOf(["hunter2"]))).toEqual(plain);

  const step = { name: "RUN x", cached: false, ms: 1, error: undefined };
  const dirty = {
    ...plain,
    input: { ...plain.input, parts: { "arg:URL": "https://u:p@h.io/", "arg:A": "hunter2" } },
    steps: [step, { ...step, name: "RUN TOKEN=abc make", error: "curl -H 'Bearer abcdefgh12'" }],
    failure: { step: "RUN echo hunter2", error: "process hunter2 failed" },
    cache: {
      ...plain.cache,
      from: [{ type: "s3", attributes: { bucket: "b", endpoint: "https://k:s@s3.io" } }] as const,
      unread: ["importing hunter2: 401"],
      absent: ["Basic dTpwYXNz"],
      trouble: "hunter2",
    },
  };
  expect(maskRecord(dirty, maskOf(["hunter2"]))).toEqual({
    ...dirty,
    input: { ...plain.input, parts: { "arg:URL": "https://***@h.io/", "arg:A": "***" } },
    steps: [step, { ...step, name: "RUN TOKEN=*** make", error: "curl -H 'Bearer ***'" }],
    failure: { step: "RUN echo ***", error: "process *** failed" },
    cache: {
      ...dirty.cache,
      from: [{ type: "s3", attributes: { bucket: "b", endpoint: "https://***@s3.io" } }],
      unread: ["importing ***: 401"],
      absent: ["Basic ***"],
      trouble: "***",
    },
  });
});
