import { expect, test } from "vitest";
import { renderStatus } from "./status-report.ts";

const now = new Date("2026-11-29T12:10:00Z");
const running = {
  running: true,
  host: "127.0.0.1:20001",
  pid: 7,
  kind: "background",
  version: "0.1.0",
  startedAt: "2026-11-29T12:00:00.000Z",
  root: "/cache/registry",
  bytes: 35_200_000,
  idleMs: 900_000,
  endsAt: "2026-11-29T12:20:00.000Z",
  commands: [],
  openRequests: 0,
  warnings: [],
} as const;

test("a registry that does not run is said so, with its data", () => {
  expect(renderStatus({ running: false, root: "/cache/registry", bytes: 0 }, now)).toBe(
    "not running; commands start it when they need it\ndata:     /cache/registry (0 B)",
  );
});

test("an idle registry shows when it stops", () => {
  expect(renderStatus(running, now)).toBe(
    [
      "address:  127.0.0.1:20001",
      "process:  7 (Layerkeep 0.1.0), since 2026-11-29T12:00:00.000Z",
      "data:     /cache/registry (35.2 MB)",
      "used by:  nobody",
      "stops:    in 10 min, if nobody uses it",
    ].join("\n"),
  );
});

test("a registry in use shows by whom, and its warnings", () => {
  const commands = [{ command: "up", pid: 8 }];
  const used = { ...running, commands, openRequests: 2, endsAt: null, warnings: ["disk full"] };
  expect(renderStatus(used, now).split("\n").slice(3)).toEqual([
    "used by:  layerkeep up (process 8), 2 requests",
    "stops:    after 15 min without use",
    "warning:  disk full",
  ]);
});

test("one that somebody serves does not stop by itself", () => {
  const served = { ...running, kind: "serve", idleMs: null, endsAt: null } as const;
  const lines = renderStatus(served, now).split("\n");
  expect(lines[1]).toContain("7 (Layerkeep 0.1.0, by `layerkeep registry serve`)");
  expect(lines[4]).toBe("stops:    with Ctrl-C or `layerkeep registry stop`");
});
