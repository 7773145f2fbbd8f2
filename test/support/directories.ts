import { createHash } from "node:crypto";
import {
  chmodSync,
  closeSync,
  ftruncateSync,
  lchownSync,
  linkSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import fc from "fast-check";
import { microsecondsOf, secondsOf } from "../../src/dir/tree/times.ts";

/** Something in a folder that a test makes. Names are bytes, as latin1. */
type Made =
  | { readonly kind: "folder"; readonly mode: number }
  | { readonly kind: "file"; readonly mode: number; readonly content: Buffer }
  | { readonly kind: "sparse"; readonly size: number; readonly at: number }
  | { readonly kind: "symlink"; readonly target: string }
  | { readonly kind: "hardlink"; readonly of: number };

export interface MadeEntry {
  readonly path: readonly string[];
  readonly made: Made;
  /** Microseconds since 1970. */
  readonly mtime: number;
  /** Used only by root, and only if asked to. */
  readonly owner: number;
}

const name = fc.oneof(
  fc.constantFrom("a", "b", "A", "lib", "a.js", "-x", " ", "é", "~", "..a", "*", "\\"),
  // Not UTF-8.
  fc.constantFrom("\xff", "\xc3\x28"),
  fc
    .string({ minLength: 1, maxLength: 12 })
    .map((text) => Buffer.from(text.replace(/[/\0]/g, "_")).toString("latin1")),
);
/** The longest name that there is, and folders in folders in folders. */
const longName = "n".repeat(255);
const deepPath = Array.from({ length: 40 }, (_, at) => `deep${at}`);
const isPlain = (text: string): boolean => text !== "." && text !== "..";

/** Pseudo-random bytes that do not compress, or text that does. */
function contentOf(size: number, seed: number, isText: boolean): Buffer {
  if (isText)
    return Buffer.from(`line ${seed} of some text\n`.repeat(size / 16 + 1)).subarray(0, size);
  const bytes = Buffer.alloc(size);
  let state = seed + 1;
  for (let at = 0; at < size; at++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[at] = state >>> 24;
  }
  return bytes;
}

const content = fc
  .record({
    size: fc.oneof(
      { weight: 8, arbitrary: fc.nat(300) },
      { weight: 3, arbitrary: fc.nat(200_000) },
      { weight: 1, arbitrary: fc.integer({ min: 2_000_000, max: 6_000_000 }) },
    ),
    seed: fc.nat(5),
    isText: fc.boolean(),
  })
  .map(({ size, seed, isText }) => contentOf(size, seed, isText));

const made: fc.Arbitrary<Made> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("folder" as const),
      mode: fc.constantFrom(0o755, 0o700, 0o555, 0o777, 0o1777, 0o2755),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("file" as const),
      mode: fc.constantFrom(0o644, 0o755, 0o444, 0o600, 0o4755, 0o2755),
      content,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("sparse" as const),
      size: fc.integer({ min: 100_000, max: 5_000_000 }),
      at: fc.nat(99_000),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("symlink" as const),
      target: fc.constantFrom("a", "../b", "/etc/passwd", "nowhere", ".", "\xff"),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("hardlink" as const), of: fc.nat(20) }) },
);

const somePath = fc.oneof(
  {
    weight: 20,
    arbitrary: fc.array(name.filter(isPlain), { minLength: 1, maxLength: 4 }),
  },
  { weight: 1, arbitrary: fc.constantFrom([longName], ["a", longName], deepPath) },
);

/**
 * A folder with anything in it that a cache keeps. Not generated: devices, times after 2038, and
 * more than some forty entries.
 */
export const anyFolder: fc.Arbitrary<readonly MadeEntry[]> = fc.array(
  fc.record({
    path: somePath,
    made,
    mtime: fc.integer({ min: 0, max: 2_147_000_000_000_000 }),
    owner: fc.constantFrom(0, 1000, 65_534),
  }),
  { maxLength: 40 },
);

/**
 * Makes the entries in a folder; those that cannot be there, below a file for example, are left
 * out. Owners, setuid, setgid and sticky bits are only set `withOwners`.
 */
export function makeFolder(
  folder: string,
  entries: readonly MadeEntry[],
  withOwners = false,
): void {
  mkdirSync(folder, { recursive: true });
  const files: Buffer[] = [];
  const finish: (() => void)[] = [];
  for (const { path, made: one, mtime, owner } of entries) {
    const file = Buffer.from([Buffer.from(folder).toString("latin1"), ...path].join("/"), "latin1");
    const parent = Buffer.from(dirname(file.toString("latin1")), "latin1");
    try {
      mkdirSync(parent, { recursive: true });
      make(file, one, files);
    } catch {
      continue;
    }
    finish.push(() => {
      if (withOwners && process.getuid?.() === 0) lchownSync(file, owner, owner);
      lutimesSync(file, secondsOf(mtime), secondsOf(mtime));
      if (one.kind !== "folder" && one.kind !== "file") return;
      chmodSync(file, withOwners ? one.mode : one.mode & 0o777);
    });
  }
  for (const one of finish.reverse()) one();
}

function make(file: Buffer, one: Made, files: Buffer[]): void {
  if (one.kind === "folder") mkdirSync(file);
  if (one.kind === "symlink") symlinkSync(Buffer.from(one.target, "latin1"), file);
  if (one.kind === "hardlink") {
    const of = files[one.of % files.length];
    if (of === undefined) throw new Error("there is no file to link to");
    linkSync(of, file);
  }
  if (one.kind === "file") {
    writeFileSync(file, one.content, { flag: "wx" });
    files.push(file);
  }
  if (one.kind === "sparse") {
    const opened = openSync(file, "wx");
    ftruncateSync(opened, one.size);
    writeSync(opened, "data", one.at);
    closeSync(opened);
  }
}

/** Everything in a folder, one line for each entry, sorted: what a restore must bring back. */
export function describeFolder(folder: string): readonly string[] {
  const lines: string[] = [];
  const names = new Map<string, string>();
  const look = (file: Buffer, path: string): void => {
    const stat = lstatSync(file, { bigint: true });
    // Caches keep microseconds.
    const mtime = microsecondsOf(lstatSync(file).mtimeMs);
    const mode = (Number(stat.mode) & 0o7777).toString(8);
    const common = `${JSON.stringify(path)} ${mode} ${stat.uid}:${stat.gid} ${mtime}`;
    if (stat.isSymbolicLink()) {
      lines.push(`link ${common} ${JSON.stringify(readlinkSync(file, "latin1"))}`);
      return;
    }
    if (stat.isDirectory()) {
      lines.push(`folder ${common}`);
      for (const below of readdirSync(file, "latin1").sort()) {
        look(Buffer.concat([file, Buffer.from(`/${below}`, "latin1")]), `${path}/${below}`);
      }
      return;
    }
    const hash = createHash("sha256").update(readFileSync(file)).digest("hex").slice(0, 16);
    const id = `${stat.dev}:${stat.ino}`;
    const first = names.get(id);
    if (first === undefined) names.set(id, path);
    const space = stat.size > 100_000n && stat.blocks * 512n < stat.size / 2n ? " sparse" : "";
    lines.push(`file ${common} ${hash}${space}${first === undefined ? "" : ` = ${first}`}`);
  };
  look(Buffer.from(folder), "");
  return lines;
}
