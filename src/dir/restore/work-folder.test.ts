import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { thisProcess } from "../process-name.ts";
import { takeWorkFolder } from "./work-folder.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "layerkeep-work-"));
});
afterEach(() => rmSync(root, { recursive: true }));

const dead = thisProcess().replace(/^\d+/, String(2 ** 22 - 1));
const elsewhere = thisProcess().replace(/\.[0-9a-f]+$/, ".0123456789ab");
const takeAndGive = (): void => takeWorkFolder(join(root, "a"))[Symbol.dispose]();

function write(files: readonly string[]): void {
  for (const file of files) {
    mkdirSync(join(root, file, ".."), { recursive: true });
    writeFileSync(join(root, file), file);
  }
}

it("leaves nothing", () => {
  takeAndGive();
  expect(readdirSync(root)).toEqual([]);
});

it("is had by one at a time", () => {
  using folder = takeWorkFolder(join(root, "a"));
  expect(() => takeWorkFolder(folder.target)).toThrow("another restore is writing");
});

it("is taken over from a process that was killed, at whichever moment", () => {
  // While it was made; while it was deleted; between the renames; while the old was deleted.
  write([`.layerkeep-${dead}/holder-${dead}`]);
  takeAndGive();
  expect(readdirSync(root)).toEqual([]);
  mkdirSync(join(root, `.layerkeep-${dead}`));
  mkdirSync(join(root, ".a.layerkeep"));
  takeAndGive();
  expect(readdirSync(root)).toEqual([]);
  write([`.a.layerkeep/holder-${dead}`, ".a.layerkeep/old/mine", ".a.layerkeep/new/half"]);
  takeAndGive();
  expect(readdirSync(root)).toEqual(["a"]);
  expect(readdirSync(join(root, "a"))).toEqual(["mine"]);
  write([`.a.layerkeep/holder-${dead}`, ".a.layerkeep/deleted/half", "a/file"]);
  takeAndGive();
  expect(readdirSync(root)).toEqual(["a"]);
  expect(readFileSync(join(root, "a/file"), "utf8")).toBe("a/file");
});

it("is taken over from another machine when no job can last that long", () => {
  const holder = `.a.layerkeep/holder-${elsewhere}`;
  write([holder]);
  expect(takeAndGive).toThrow("another restore is writing");
  const before = Date.now() / 1000 - 7 * 3600;
  utimesSync(join(root, holder), before, before);
  takeAndGive();
  expect(readdirSync(root)).toEqual([]);
});

it("does not delete what only has a similar name", () => {
  const mine = [".layerkeep-mine/file", `.layerkeep-${dead}/file`, ".layerkeep-x.layerkeep/file"];
  write(mine);
  takeAndGive();
  expect(mine.filter((file) => !existsSync(join(root, file)))).toEqual([]);
});
