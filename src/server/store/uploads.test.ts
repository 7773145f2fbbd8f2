import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { digestOf } from "../../oci/digest.ts";
import { type Upload, Uploads } from "./uploads.ts";

const hour = 60 * 60_000;
let folder = "";
let now = 0;
let uploads: Uploads;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "layerkeep-uploads-"));
  now = 0;
  uploads = new Uploads(folder, () => now);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function* body(text: string, error?: Error): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(Buffer.from(text));
  if (error !== undefined) throw error;
}

const append =
  (text: string, error?: Error) =>
  (upload: Upload): Promise<void> =>
    upload.file.append(body(text, error));
const never = (): boolean => false;
const always = (): boolean => true;

test("an upload grows with each request and has the digest of all of them", async () => {
  const { id } = await uploads.begin("app");
  await uploads.use("app", id, append("one "), never);
  await uploads.use("app", id, append("two"), never);
  expect(uploads.get("app", id).file.size).toBe(7);
  const digest = await uploads.use("app", id, (u) => u.file.seal(digestOf("one two")), never);
  expect(digest).toBe(digestOf("one two"));
});

test("content received before a body broke off is kept if the caller wants it", async () => {
  const { id } = await uploads.begin("app");
  await expect(uploads.use("app", id, append("one ", new Error("cut")), always)).rejects.toThrow(
    "cut",
  );
  await uploads.use("app", id, append("two"), never);
  const digest = await uploads.use("app", id, (u) => u.file.seal(digestOf("one two")), never);
  expect(digest).toBe(digestOf("one two"));
});

test("otherwise a failure ends the upload and removes its file", async () => {
  const { id } = await uploads.begin("app");
  await uploads.use("app", id, append("one"), never);
  expect(await readdir(folder)).toEqual([id]);
  await expect(uploads.use("app", id, append("two", new Error("disk")), never)).rejects.toThrow(
    "disk",
  );
  expect(() => uploads.get("app", id)).toThrow(
    expect.objectContaining({ code: "BLOB_UPLOAD_UNKNOWN" }),
  );
  expect(await readdir(folder)).toEqual([]);
});

test("an upload is known only in its own repository", async () => {
  const { id } = await uploads.begin("app");
  expect(() => uploads.get("other", id)).toThrow(
    expect.objectContaining({ status: 404, code: "BLOB_UPLOAD_UNKNOWN" }),
  );
});

test("two requests cannot write to one upload at once", async () => {
  const { id } = await uploads.begin("app");
  let release: () => void = () => undefined;
  const waiting = new Promise<void>((resolve) => (release = resolve));
  const first = uploads.use("app", id, () => waiting, never);
  await expect(uploads.use("app", id, append("x"), never)).rejects.toThrow(
    expect.objectContaining({ status: 429, code: "TOOMANYREQUESTS" }),
  );
  release();
  await first;
  await uploads.use("app", id, append("x"), never);
  expect(uploads.get("app", id).file.size).toBe(1);
});

test("an upload expires after an hour without a request", async () => {
  const [idle, used] = [await uploads.begin("app"), await uploads.begin("app")];
  await uploads.use("app", idle.id, append("x"), never);
  now = hour - 1;
  await uploads.use("app", used.id, append("x"), never);
  now = hour;
  await uploads.expire();
  expect(uploads.get("app", used.id).file.size).toBe(1);
  expect(() => uploads.get("app", idle.id)).toThrow(expect.objectContaining({ status: 404 }));
  expect(await readdir(folder)).toEqual([used.id]);
});

test("ten thousand open uploads need no files, and the next one is refused until they expire", async () => {
  for (let i = 0; i < 10_000; i++) await uploads.begin("app");
  expect(await readdir(folder)).toEqual([]);
  await expect(uploads.begin("app")).rejects.toThrow(
    expect.objectContaining({ status: 429, code: "TOOMANYREQUESTS" }),
  );
  now = hour;
  expect((await uploads.begin("app")).name).toBe("app");
});

test("a user has at most a thousand open uploads, and does not block other users", async () => {
  const begun: Upload[] = [];
  for (let n = 0; n < 1_000; n++) begun.push(await uploads.begin("app", "ada"));
  const more = uploads.begin("other", "ada");
  await expect(more).rejects.toMatchObject({ status: 429, code: "TOOMANYREQUESTS" });
  await expect(more).rejects.toThrow("you have 1000 open uploads");
  expect((await uploads.begin("app", "eve")).owner).toBe("eve");
  for (const upload of begun.slice(0, 2)) await uploads.end(upload);
  await uploads.begin("app", "ada");
  await uploads.begin("app", "ada");
  await expect(uploads.begin("app", "ada")).rejects.toThrow("you have 1000 open uploads");
});
