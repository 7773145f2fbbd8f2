import { mkdtemp, open, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Folders } from "./folders.ts";
import { openReserve } from "./reserve.ts";

/** What registries on disk begin their reserve with. */
const written = Buffer.from(
  "Layerkeep's registry keeps this space, so that things can be deleted while the disk is full.\n",
);
let root = "";

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "layerkeep-reserve-"));
});
afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

test("recognises the reserve of an earlier version", async () => {
  await writeFile(join(root, "reserve"), Buffer.concat([written, Buffer.alloc(64 << 10)]));
  const warnings: string[] = [];
  const reserve = await openReserve(root, (message) => warnings.push(message));
  expect(reserve.isHeld).toBe(true);
  await reserve.close();
  expect(warnings).toEqual([]);
});

test("begins its file as earlier versions did", async () => {
  const reserve = await openReserve(root);
  await reserve.restore(new Folders(root));
  await reserve.close();
  await using file = await open(join(root, "reserve"));
  const { buffer } = await file.read({ buffer: Buffer.alloc(written.length) });
  expect(buffer).toEqual(written);
});
