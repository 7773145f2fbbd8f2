import {
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { buildRecord } from "../../../test/support/records.ts";
import { makeScratchFolder, type ScratchFolder } from "../../../test/support/scratch-repository.ts";
import type { BuildRecord } from "../../pipeline/records/build-record.ts";
import { keepStepLogs, packStepLogs } from "../../pipeline/records/step-logs.ts";
import { maskSecrets } from "../../secrets.ts";
import { localRecordWriter, readLocalBuilds } from "./local-records.ts";

let scratch: ScratchFolder;
let env: NodeJS.ProcessEnv;
let folder: string;
let commit: string;

beforeEach(() => {
  scratch = makeScratchFolder();
  scratch.init("app");
  commit = scratch.git("app", "rev-parse", "HEAD");
  env = { XDG_CACHE_HOME: join(scratch.path, "cache") };
  folder = join(scratch.path, "cache/layerkeep/records");
});
afterEach(() => scratch[Symbol.dispose]());

const leg = { id: "app/linux/amd64" };

function record(minute: number, of = commit): BuildRecord {
  const startedAt = new Date(Date.UTC(2026, 10, 21, 4, minute)).toISOString();
  const plain = buildRecord({ leg: leg.id, startedAt, cache: "h.io/cache:a" });
  return { ...plain, commit: of };
}

function stepLogs(text: string): Promise<Buffer> {
  const lines = { head: [text], left: { lines: 0, bytes: 0 }, tail: [] };
  return packStepLogs(keepStepLogs([{ step: "RUN", lines }], maskSecrets));
}

async function read() {
  const builds = (await readLocalBuilds(scratch.options("app"), [leg], { env }))(leg);
  return Promise.all(
    builds.map(async ({ record, stepLogs }) => ({
      startedAt: record.startedAt,
      log: (await stepLogs())?.steps[0]?.log,
    })),
  );
}

it("lets nobody else read them, also in a folder that an older version made", async () => {
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  await localRecordWriter({ env })(record(1), await stepLogs("one"));
  const modeOf = (path: string): number => statSync(path).mode & 0o777;
  expect(modeOf(folder)).toBe(0o700);
  expect(readdirSync(folder).map((name) => modeOf(join(folder, name)))).toEqual([0o600, 0o600]);
});

it("keeps records and step logs; those of another repository's commits do not count", async () => {
  const write = localRecordWriter({ env });
  await write(record(1), await stepLogs("one"));
  await write(record(2));
  await write(record(3, "f".repeat(40)), await stepLogs("other"));
  expect(await read()).toEqual([
    { startedAt: record(1).startedAt, log: "one" },
    { startedAt: record(2).startedAt, log: undefined },
  ]);
});

it("ignores what is no record or no step log", async () => {
  const write = localRecordWriter({ env });
  await write(record(1), await stepLogs("one"));
  for (const name of readdirSync(folder)) {
    if (name.endsWith(".log.gz")) writeFileSync(join(folder, name), "{}");
  }
  writeFileSync(join(folder, "2026-11-21T040500.000Z-x.json"), "{");
  expect(await read()).toEqual([{ startedAt: record(1).startedAt, log: undefined }]);
});

it("deletes the oldest over 300 records, or 64 MiB of step logs", async () => {
  const write = localRecordWriter({ env });
  await write(record(0), await stepLogs("zero"));
  await write(record(1), await stepLogs("one"));
  const [zero = "", one = ""] = readdirSync(folder).filter((name) => name.endsWith(".log.gz"));
  // Sparse: takes no space.
  truncateSync(join(folder, one), 64 << 20);
  await write(record(2), await stepLogs("two"));
  const left = readdirSync(folder);
  expect([left.includes(zero), left.includes(one), left.length]).toEqual([false, false, 4]);

  const text = readFileSync(join(folder, left[0] ?? ""), "utf8");
  for (let second = 0; second < 300; second++) {
    const time = `2026-11-22T04${String(second).padStart(4, "0")}`;
    writeFileSync(join(folder, `${time}.000Z-x.json`), text);
  }
  await write({ ...record(3), startedAt: "2026-11-23T04:00:00.000Z" });
  const names = readdirSync(folder);
  expect(names).toHaveLength(300);
  expect(names[0]).toBe("2026-11-22T040001.000Z-x.json");
});
