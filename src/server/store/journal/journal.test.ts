import {
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  truncate,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { UsageError } from "../../../errors.ts";
import { digestOf } from "../../../oci/digest.ts";
import { Folders } from "../../root/folders.ts";
import { encodeFrameHead, encodeSegmentHead, frameHeadBytes } from "./frame.ts";
import { type Entry } from "./entries.ts";
import { Journal, type JournalOptions } from "./journal.ts";
import { type Place } from "./read-segments.ts";
import { type Change, encodeChange, recordBytes } from "./records.ts";

/** For a first segment, which names no others. */
const headBytes = 32;

interface Applied {
  readonly change: Change;
  readonly place: Place;
}

let root = "";
let open: Journal[] = [];

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "layerkeep-journal-"));
});
afterEach(async () => {
  await Promise.all(open.map((journal) => journal.close()));
  open = [];
  await rm(root, { recursive: true, force: true });
});

async function openJournal(
  options: JournalOptions = {},
): Promise<{ journal: Journal; applied: Applied[]; strays: readonly string[] }> {
  const applied: Applied[] = [];
  const folder = join(root, "journal");
  const apply = (change: Change, place: Place): void => void applied.push({ change, place });
  const journal = new Journal(folder, new Folders(root), apply, options);
  open.push(journal);
  const strays = await journal.open();
  return { journal, applied, strays };
}

/** The durable part of the last segment; reserved space follows it. */
async function durable(journal: Journal): Promise<Buffer> {
  return (await readFile(segment())).subarray(0, journal.segments.at(-1)?.size);
}

const segment = (number = 1): string => join(root, "journal", String(number).padStart(10, "0"));

function contentEntry(text: string): Entry {
  const bytes = Buffer.from(text);
  return { change: { kind: "content", digest: digestOf(bytes), size: bytes.length }, bytes };
}

const digest = digestOf("x");
const steps: readonly (readonly Entry[])[] = [
  [contentEntry("some bytes"), { change: { kind: "blob", repository: "app", digest, at: 17 } }],
  [{ change: { kind: "tag", repository: "acme/app", tag: "v1", digest } }],
  // Bytes that only look like one of our frames.
  [contentEntry(`LKf\n${"\u0004\0\0\0".repeat(4)}end`)],
  [{ change: { kind: "untag", repository: "acme/app", tag: "v1" } }],
];
const changes = steps.map((entries) => entries.map(({ change }) => change));

test("returns what was appended, in order, and where the contents are", async () => {
  const { journal, applied } = await openJournal();
  for (const entries of steps) await journal.append(entries);
  const again = await openJournal();
  expect(again.applied).toEqual(applied);
  expect(applied.map(({ change }) => change)).toEqual(changes.flat());
  expect(again.journal.read(applied[0]?.place ?? { segment: 0, offset: 0 }, 10).toString()).toBe(
    "some bytes",
  );
});

test("every kind of change is read back unchanged", async () => {
  const sha512 = `sha512:${"0f".repeat(64)}` as const;
  const all: Change[] = [
    { kind: "file", digest: sha512, size: 2 ** 40 },
    { kind: "blob", repository: "a/b", digest: sha512, at: 1_763_717_000_123 },
    { kind: "unblob", repository: "a/b", digest },
    { kind: "manifest", repository: "a", digest, at: 0 },
    { kind: "unmanifest", repository: "a", digest },
    { kind: "tag", repository: "a", tag: "T".repeat(128), digest },
    { kind: "untag", repository: "a", tag: "t" },
    { kind: "repository", repository: "a".repeat(255) },
  ];
  const { journal } = await openJournal();
  await journal.append(all.map((change) => ({ change })));
  expect((await openJournal()).applied.map(({ change }) => change)).toEqual(all);
  expect((await durable(journal)).length).toBe(
    headBytes + frameHeadBytes + all.reduce((sum, one) => sum + recordBytes(one), 0),
  );
});

/** For a journal that is opened a thousand times. */
const quick: JournalOptions = { segmentBytes: 10_000, sync: () => Promise.resolve() };

test("a journal that was cut off at any byte keeps all that was durable before it, and continues", async () => {
  const { journal } = await openJournal();
  const ends: number[] = [];
  for (const entries of steps) {
    await journal.append(entries);
    ends.push((await durable(journal)).length);
  }
  const whole = await durable(journal);
  for (let length = 0; length <= whole.length; length++) {
    // With and without reserved space.
    const space = Buffer.alloc(length % 2 === 0 || length < headBytes ? 0 : 200);
    await writeFile(segment(), Buffer.concat([whole.subarray(0, length), space]));
    const { journal: cut, applied } = await openJournal(quick);
    const kept = changes.filter((_, index) => (ends[index] ?? 0) <= length).flat();
    expect(applied.map(({ change }) => change)).toEqual(kept);
    await cut.append([{ change: { kind: "repository", repository: "next" } }]);
    await cut.close();
    const { journal: next, applied: then } = await openJournal(quick);
    await next.close();
    expect(then.map(({ change }) => change)).toEqual([
      ...kept,
      { kind: "repository", repository: "next" },
    ]);
    for (const file of await readdir(join(root, "journal"))) await rm(join(root, "journal", file));
  }
}, 60_000);

test("a last write with missing pages is cut off", async () => {
  const { journal } = await openJournal();
  await journal.append(steps[0] ?? []);
  const before = (await durable(journal)).length;
  await journal.append(steps[2] ?? []);
  const whole = await durable(journal);
  for (let at = before; at < whole.length; at++) {
    const damaged = Buffer.from(whole);
    damaged.writeUInt8(damaged.readUInt8(at) ^ 0x10, at);
    await writeFile(segment(), damaged);
    const { journal: cut, applied } = await openJournal(quick);
    await cut.close();
    expect(applied.map(({ change }) => change)).toEqual(changes[0]);
    expect((await readFile(segment())).length).toBe(before);
  }
});

test("damage before the last write is refused, whichever byte it is, and nothing is changed", async () => {
  const { journal } = await openJournal();
  await journal.append(steps[0] ?? []);
  const first = (await durable(journal)).length;
  await journal.append(steps[1] ?? []);
  const whole = await durable(journal);
  for (let at = 0; at < first; at++) {
    const damaged = Buffer.from(whole);
    damaged.writeUInt8(damaged.readUInt8(at) ^ 0x01, at);
    await writeFile(segment(), damaged);
    await expect(openJournal(quick)).rejects.toThrow(UsageError);
    expect((await readFile(segment())).equals(damaged)).toBe(true);
  }
  whole.writeUInt8(0xff, headBytes + 20);
  await writeFile(segment(), whole);
  await expect(openJournal(quick)).rejects.toMatchObject({
    message: `the registry journal ${segment()} is damaged at byte ${headBytes}: the data does not match its checksum`,
    hint: `run \`layerkeep registry check --root ${root}\` to see the damage, and add --repair to save the rest. Alternatively, restore the complete folder, including the journal and blobs, from a single backup. Nothing was changed`,
  });
}, 60_000);

test("a full segment is complete to its end, or refused", async () => {
  const { journal } = await openJournal({ segmentBytes: 100 });
  await journal.append(steps[0] ?? []);
  await journal.append(steps[1] ?? []);
  expect(await readdir(join(root, "journal"))).toEqual(["0000000001", "0000000002"]);
  const whole = await readFile(segment(1));
  await writeFile(segment(1), whole.subarray(0, -1));
  await expect(openJournal()).rejects.toThrow(`${segment(1)} is damaged at byte 151`);
});

describe("a journal of several segments", () => {
  /** Four segments with one step each. */
  async function write(): Promise<void> {
    const { journal } = await openJournal({ segmentBytes: 60 });
    for (const entries of steps) await journal.append(entries);
    await journal.close();
    expect(journal.segments.map(({ number }) => number)).toEqual([]);
  }

  test("is read in order, and continues", async () => {
    await write();
    const { journal, applied } = await openJournal();
    expect(applied.map(({ change }) => change)).toEqual(changes.flat());
    expect(journal.segments.map(({ number }) => number)).toEqual([1, 2, 3, 4]);
  });

  test.each([1, 2, 3, 4])("is refused without segment %i, and nothing is changed", async (lost) => {
    await write();
    await rm(segment(lost));
    await expect(openJournal()).rejects.toThrow(
      `the registry journal is incomplete: ${segment(lost)} is missing`,
    );
    expect((await readdir(join(root, "journal"))).length).toBe(3);
  });

  test("is refused if two segments were swapped", async () => {
    await write();
    await rename(segment(2), `${segment(2)}.away`);
    await rename(segment(3), segment(2));
    await rename(`${segment(2)}.away`, segment(3));
    await expect(openJournal()).rejects.toThrow(
      `${segment(2)} is from another registry or another backup`,
    );
  });

  test("is refused if a segment is of another journal", async () => {
    await write();
    const own = await readFile(segment(2));
    await rm(join(root, "journal"), { recursive: true });
    await write();
    await writeFile(segment(2), own);
    await expect(openJournal()).rejects.toThrow(
      `${segment(2)} is from another registry or another backup`,
    );
  });

  test("is refused if a segment lost its last records", async () => {
    await write();
    const whole = await readFile(segment(2));
    const link = encodeChange({ kind: "next", segment: 3, salt: 0 }).length + frameHeadBytes;
    await writeFile(segment(2), whole.subarray(0, whole.length - link));
    await expect(openJournal()).rejects.toThrow(
      `${segment(2)} ends early: its last records are missing`,
    );
  });

  test("is accepted without a dropped segment, and ignores one that came back", async () => {
    await write();
    const old = await readFile(segment(2));
    const { journal } = await openJournal();
    await journal.drop(2);
    await journal.close();
    const again = await openJournal();
    expect(again.applied.map(({ change }) => change)).toEqual(
      [changes[0], changes[2], changes[3]].flat(),
    );
    await again.journal.close();
    // As a crash leaves it: the journal says that it is dropped, but the file still exists.
    await writeFile(segment(2), old);
    const crashed = await openJournal();
    expect(crashed.applied).toEqual(again.applied);
    await crashed.journal.seal();
    await crashed.journal.close();
    expect(await readdir(join(root, "journal"))).not.toContain("0000000002");
    // Restored by somebody much later.
    await writeFile(segment(2), old);
    const restored = await openJournal();
    expect(restored.applied).toEqual(again.applied);
    expect(restored.strays).toEqual([segment(2)]);
    expect(await readFile(segment(2))).toEqual(old);
  });

  test("continues after a crash while a segment began, and notices its loss later", async () => {
    const { journal } = await openJournal();
    for (const entries of steps) await journal.append(entries);
    const salt = journal.segments[0]?.head.salt ?? 0;
    const whole = await durable(journal);
    await journal.close();
    await writeFile(segment(1), whole);
    const head = encodeSegmentHead({ salt: 7, before: new Map([[1, salt]]) });
    for (let length = 0; length <= head.length; length++) {
      await writeFile(segment(1), whole);
      await writeFile(segment(2), head.subarray(0, length));
      const { journal: cut, applied } = await openJournal();
      expect(applied.map(({ change }) => change)).toEqual(changes.flat());
      await cut.append([{ change: { kind: "repository", repository: "next" } }]);
      await cut.close();
    }
    await rm(segment(2));
    await expect(openJournal()).rejects.toThrow(`${segment(2)} is missing`);
  });

  test("continues if a crash cut off the record that names the last, empty segment", async () => {
    const { journal } = await openJournal();
    await journal.append(steps[0] ?? []);
    await journal.seal();
    await journal.close();
    await truncate(segment(2), headBytes + 8);
    const whole = await readFile(segment(1));
    for (let cut = 0; cut <= 37; cut++) {
      for (const zeros of [0, cut]) {
        const kept = whole.subarray(0, whole.length - cut);
        await writeFile(segment(1), Buffer.concat([kept, Buffer.alloc(zeros)]));
        const { journal: again, applied } = await openJournal(quick);
        expect(applied.map(({ change }) => change)).toEqual(changes[0]);
        await again.close();
        expect((await readFile(segment(1))).length).toBe(whole.length);
      }
    }
  });

  test("continues if the disk failed while a segment was linked", async () => {
    let left = Infinity;
    const sync = (): Promise<void> =>
      --left === 0 ? Promise.reject(ioError()) : Promise.resolve();
    const { journal } = await openJournal({ sync });
    await journal.append(steps[0] ?? []);
    // The end of the full segment, the head of the new one, the link.
    left = 3;
    await expect(journal.seal()).rejects.toMatchObject({ status: 503 });
    await journal.close();
    const { applied } = await openJournal();
    expect(applied.map(({ change }) => change)).toEqual(changes[0]);
  });

  test("leaves alone a foreign file with the name of a dropped segment", async () => {
    await write();
    const { journal } = await openJournal();
    await journal.drop(1);
    await journal.close();
    await writeFile(segment(1), "somebody's only copy");
    expect((await openJournal()).strays).toEqual([segment(1)]);
    expect(await readFile(segment(1), "utf8")).toBe("somebody's only copy");
  });

  test("from an earlier version is read, and its next segment names all the others", async () => {
    const head = encodeSegmentHead({ salt: 9, before: undefined });
    const record = encodeChange({ kind: "repository", repository: "old" });
    const frame = encodeFrameHead([record], head.length, 9);
    await mkdir(join(root, "journal"));
    await writeFile(segment(1), Buffer.concat([head, frame, record]));
    const { journal, applied } = await openJournal();
    expect(applied.map(({ change }) => change)).toEqual([
      { kind: "repository", repository: "old" },
    ]);
    await journal.begin();
    await journal.close();
    expect(await readFile(segment(1))).toEqual(Buffer.concat([head, frame, record]));
    await rm(segment(1));
    await expect(openJournal()).rejects.toThrow(`${segment(1)} is missing`);
  });
});

test("damage to the last record is noticed after a clean stop, and not mistaken for a crash", async () => {
  const { journal } = await openJournal();
  await journal.append(steps[0] ?? []);
  await journal.append(steps[1] ?? []);
  const at = (await durable(journal)).length - 5;
  await journal.close();
  const bytes = await readFile(segment());
  bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
  await writeFile(segment(), bytes);
  await expect(openJournal()).rejects.toThrow(`${segment()} is damaged`);
});

test("a segment of a newer version is not touched", async () => {
  await openJournal();
  const head = encodeSegmentHead({ salt: 7, before: new Map() });
  head.write("3", 18);
  await writeFile(segment(), Buffer.concat([head, Buffer.from("what it may be")]));
  await expect(openJournal()).rejects.toMatchObject({
    message: `the registry journal ${segment()} was written by a newer version of Layerkeep`,
    hint: "upgrade Layerkeep, or use another folder",
  });
});

test("appends during running writes share the next one, and all resolve in order", async () => {
  const releases: (() => void)[] = [];
  let isSlow = true;
  const sync = (): Promise<void> =>
    isSlow ? new Promise((resolve) => releases.push(resolve)) : Promise.resolve();
  const { journal, applied } = await openJournal({ sync });
  const settled: number[] = [];
  const append = async (id: number): Promise<void> => {
    await journal.append([{ change: { kind: "repository", repository: `r${id}` } }]);
    settled.push(id);
  };
  const syncs = (count: number): Promise<void> =>
    vi.waitFor(() => expect(releases.length).toBe(count));
  const all = [append(0)];
  // The head of the first segment.
  await syncs(1);
  releases[0]?.();
  await syncs(2);
  all.push(append(1));
  await syncs(3);
  all.push(append(2), append(3), append(4));
  // The second is durable before the first: nobody is notified of it yet.
  releases[2]?.();
  await aWhile();
  expect([releases.length, applied.length, settled]).toEqual([3, 0, []]);
  releases[1]?.();
  await syncs(4);
  expect([applied.length, settled]).toEqual([2, [0, 1]]);
  releases[3]?.();
  await Promise.all(all);
  expect([releases.length, settled]).toEqual([4, [0, 1, 2, 3, 4]]);
  isSlow = false;
});

test("quiet work sees everything applied that came before it, including other quiet work", async () => {
  const { journal, applied } = await openJournal();
  const before = journal.append(steps[0] ?? []);
  const seen: number[] = [];
  const work = (): { value: undefined; done: Promise<void> } => {
    seen.push(applied.length);
    return { value: undefined, done: journal.append(steps[1] ?? []) };
  };
  await Promise.all([before, journal.quiet(work), journal.quiet(work), journal.quiet(work)]);
  expect(seen).toEqual([2, 3, 4]);
  expect(journal.held).toBe(undefined);
});

test("of two concurrent writes, the second may survive without the first", async () => {
  const releases: (() => void)[] = [];
  let isSlow = false;
  const sync = (): Promise<void> =>
    isSlow ? new Promise((resolve) => releases.push(resolve)) : Promise.resolve();
  const { journal } = await openJournal({ sync });
  await journal.append(steps[0] ?? []);
  const before = (await durable(journal)).length;
  isSlow = true;
  const first = journal.append(steps[1] ?? []);
  await vi.waitFor(() => expect(releases.length).toBe(1));
  const second = journal.append(steps[3] ?? []);
  await vi.waitFor(() => expect(releases.length).toBe(2));
  const crashed = await readFile(segment());
  for (const release of releases) release();
  await Promise.all([first, second]);
  crashed.fill(0, before, before + 10);
  await writeFile(segment(), crashed);
  isSlow = false;
  const again = await openJournal();
  expect(again.applied.map(({ change }) => change)).toEqual(changes[0]);
});

test("after a failed sync nothing is accepted until a restart", async () => {
  let fails = false;
  const { journal, applied } = await openJournal({
    sync: () => (fails ? Promise.reject(ioError()) : Promise.resolve()),
  });
  await journal.append(steps[0] ?? []);
  fails = true;
  const message =
    "the registry's disk failed (EIO). The registry refuses writes until you restart it";
  const refusal = { status: 503, code: "UNKNOWN", message };
  await expect(journal.append(steps[1] ?? [])).rejects.toMatchObject(refusal);
  fails = false;
  await expect(journal.append(steps[1] ?? [])).rejects.toMatchObject(refusal);
  expect(applied.map(({ change }) => change)).toEqual(changes[0]);
  const place = applied[0]?.place ?? { segment: 0, offset: 0 };
  expect(journal.read(place, 10).toString()).toBe("some bytes");
});

test.each(["before it writes", "while it writes"])(
  "a process that loses the root %s acknowledges and applies nothing more",
  async (when) => {
    let owns = true;
    const { journal, applied } = await openJournal({
      isOwner: () => owns,
      sync: () => {
        if (when === "while it writes" && applied.length > 0) owns = false;
        return Promise.resolve();
      },
    });
    await journal.append(steps[0] ?? []);
    if (when === "before it writes") owns = false;
    const message = "another registry has taken over this folder, so this registry refuses writes";
    const refusal = { status: 503, code: "UNKNOWN", message };
    await expect(journal.append(steps[1] ?? [])).rejects.toMatchObject(refusal);
    owns = true;
    await expect(journal.append(steps[1] ?? [])).rejects.toMatchObject(refusal);
    expect(applied.map(({ change }) => change)).toEqual(changes[0]);
  },
);

test("a process that takes over a root never reads late writes of the previous one", async () => {
  const late = await openJournal();
  await late.journal.append(steps[0] ?? []);
  const { journal } = await openJournal({ replacesLast: true });
  await journal.append(steps[1] ?? []);
  await late.journal.append(steps[2] ?? []);
  await journal.append(steps[3] ?? []);
  const again = await openJournal();
  expect(again.applied.map(({ change }) => change)).toEqual(
    [changes[0], changes[1], changes[3]].flat(),
  );
});

const aWhile = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));

function ioError(): Error {
  return Object.assign(new Error("EIO: i/o error, fdatasync"), { code: "EIO" });
}
