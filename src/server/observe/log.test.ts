import { describe, expect, test } from "vitest";
import { type LogEntry, renderLogEntry, renderLogWarning } from "./log.ts";
import { Refusal } from "../http/refusal.ts";

const entry: LogEntry = {
  time: Date.UTC(2026, 10, 21, 4, 5, 6, 789),
  method: "GET",
  path: "/v2/acme/app/manifests/v1",
  route: "manifest",
  repository: "acme/app",
  reference: "v1",
  status: 200,
  bytesIn: 0,
  bytesOut: 512,
  milliseconds: 1.23456,
  user: "ada",
  remote: "127.0.0.1",
  userAgent: "skopeo/1.9",
};

describe("a line of the log", () => {
  test("is JSON", () => {
    const line = renderLogEntry(entry, "json");
    expect([line.endsWith("}\n"), JSON.parse(line)]).toEqual([
      true,
      {
        time: "2026-11-21T04:05:06.789Z",
        level: "info",
        method: "GET",
        route: "manifest",
        repository: "acme/app",
        reference: "v1",
        status: 200,
        bytesIn: 0,
        bytesOut: 512,
        ms: 1.235,
        user: "ada",
        remote: "127.0.0.1",
        userAgent: "skopeo/1.9",
      },
    ]);
  });

  test("is text", () => {
    expect(renderLogEntry(entry, "text")).toBe(
      '2026-11-21T04:05:06.789Z 200 GET manifest acme/app v1 in=0 out=512 1.235ms user="ada" from=127.0.0.1 "skopeo/1.9"\n',
    );
  });

  test("says why a request was refused, and what failed on our side", () => {
    const cause = new Error("EIO: i/o error");
    const refusal = new Refusal(500, "UNKNOWN", "the registry failed (see its log)", { cause });
    const { time, method } = entry;
    const failed = {
      time,
      method,
      path: "/x",
      status: 500,
      bytesIn: 1,
      bytesOut: 2,
      milliseconds: 3,
    };
    expect(renderLogEntry({ ...failed, refusal, error: cause }, "text")).toBe(
      "2026-11-21T04:05:06.789Z error: 500 GET /x in=1 out=2 3ms (UNKNOWN: the registry failed (see its log): EIO: i/o error)\n",
    );
    const unknown = new Refusal(404, "BLOB_UNKNOWN", "the blob does not exist in this repository");
    expect(JSON.parse(renderLogEntry({ ...entry, refusal: unknown }, "json"))).toMatchObject({
      level: "info",
      reason: "BLOB_UNKNOWN: the blob does not exist in this repository",
    });
  });

  test.each(["json", "text"] as const)("is one line, whatever a client sends: %s", (format) => {
    const bad = 'a\n::error::x\r\u001b[31m"\u2028\u202e';
    const line = renderLogEntry(
      { ...entry, route: undefined, path: bad, user: bad, userAgent: `${bad}${"x".repeat(2_000)}` },
      format,
    );
    expect(line.slice(0, -1)).not.toMatch(/[\n\r\u001b\u2028\u202e]/);
    expect(line.length).toBeLessThan(1_500);
  });
});

test("a warning is one line, too", () => {
  const { time } = entry;
  expect([
    renderLogWarning("it is\nbad", "text", time),
    JSON.parse(renderLogWarning("it is bad", "json", time)),
  ]).toEqual([
    "2026-11-21T04:05:06.789Z warning: it is bad\n",
    { time: "2026-11-21T04:05:06.789Z", level: "warning", message: "it is bad" },
  ]);
});
