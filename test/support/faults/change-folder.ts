import {
  chmodSync,
  lstatSync,
  lutimesSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import * as fc from "fast-check";

/** What a person or a tool does to something in a folder. */
export interface Change {
  /** Of all that is in the folder, counted around. */
  readonly which: number;
  readonly how: "delete" | "rewrite" | "edit" | "insert" | "touch" | "mode" | "rename";
  readonly seed: number;
}

export const changes: fc.Arbitrary<readonly Change[]> = fc.array(
  fc.record({
    which: fc.nat(200),
    how: fc.constantFrom("delete", "rewrite", "edit", "insert", "touch", "mode", "rename"),
    seed: fc.nat(1000),
  }),
  { maxLength: 12 },
);

/** Makes the changes, each to what is there by then. */
export function changeFolder(folder: string, all: readonly Change[]): void {
  for (const change of all) {
    const there = namesIn(Buffer.from(folder));
    const file = there[change.which % Math.max(there.length, 1)];
    if (file !== undefined) changeOne(file, change);
  }
}

function changeOne(file: Buffer, { how, seed }: Change): void {
  const stat = lstatSync(file);
  if (how === "delete") rmSync(file, { recursive: true });
  else if (how === "touch") lutimesSync(file, seed * 1000, seed * 1000);
  else if (how === "rename") renameSync(file, renamed(file, seed));
  else if (how === "mode") {
    if (!stat.isSymbolicLink()) chmodSync(file, seed % 2 === 0 ? 0o700 : 0o755);
  } else if (stat.isFile()) writeFileSync(file, edited(readFileSync(file), how, seed));
}

/** A name has at most 255 bytes. */
function renamed(file: Buffer, seed: number): Buffer {
  const isLong = file.length - file.lastIndexOf("/") > 250;
  return isLong ? file : Buffer.concat([file, Buffer.from(`-${seed}`)]);
}

function edited(bytes: Buffer, how: "rewrite" | "edit" | "insert", seed: number): Buffer {
  const text = Buffer.from(`change ${seed}\n`);
  if (how === "rewrite") return text;
  const at = Math.floor((bytes.length * (seed % 10)) / 10);
  const rest = bytes.subarray(how === "insert" ? at : at + text.length);
  return Buffer.concat([bytes.subarray(0, at), text, rest]);
}

/** All that is in a folder, at any depth, in an order that does not depend on the file system. */
function namesIn(folder: Buffer): readonly Buffer[] {
  return readdirSync(folder, "latin1")
    .sort()
    .flatMap((name) => {
      const file = Buffer.concat([folder, Buffer.from(`/${name}`, "latin1")]);
      return lstatSync(file).isDirectory() ? [file, ...namesIn(file)] : [file];
    });
}
