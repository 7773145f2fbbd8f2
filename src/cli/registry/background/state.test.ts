import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { UsageError } from "../../../errors.ts";
import {
  isForeign,
  readState,
  removeState,
  serverFiles,
  type ServerState,
  writeState,
} from "./state.ts";
import { possibleHosts, rememberHost, usualHost } from "./usual-host.ts";

let home = "";
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "layerkeep-state-"));
});
afterEach(() => rm(home, { recursive: true, force: true }));

const files = () => serverFiles({ XDG_CACHE_HOME: home });
const state: ServerState = {
  host: "127.0.0.1:20001",
  control: 40_001,
  token: "0123456789abcdef0123456789abcdef",
  pid: 7,
  root: "/cache/registry",
  version: "0.1.0",
  kind: "background",
};

test("the state is read as it was written, by this user alone, and leaves nothing beside it", async () => {
  expect(await readState(files())).toBeUndefined();
  await writeState(files(), state);
  expect(await readState(files())).toEqual(state);
  expect((await stat(files().state)).mode & 0o777).toBe(0o600);
  expect(await readdir(files().folder)).toEqual(["state.json"]);
});

test("a server removes its own state, and no other's", async () => {
  await writeState(files(), state);
  await removeState(files(), { ...state, token: "f".repeat(32) });
  expect(await readState(files())).toEqual(state);
  await removeState(files(), state);
  expect(await readState(files())).toBeUndefined();
});

test.each(["", "{", "[]", '{"protocol":1}', '{"protocol":1,"host":"x","control":0}'])(
  "%j is no state",
  async (text) => {
    await mkdir(files().folder, { recursive: true });
    await writeFile(files().state, text);
    expect(await readState(files())).toBeUndefined();
  },
);

test("a server of another protocol is an error that says how to stop it", async () => {
  await mkdir(files().folder, { recursive: true });
  await writeFile(files().state, '{"protocol":2,"version":"9.0.0","pid":7}');
  await expect(readState(files())).rejects.toMatchObject({
    message:
      "this machine's registry is run by Layerkeep 9.0.0 (process 7), which is not compatible with this version",
    hint: "stop it with that version's `layerkeep registry stop`, or with `kill 7`",
  });
});

test("a cache folder that cannot be written is the user's, and named", async () => {
  await writeFile(join(home, "layerkeep"), "a file");
  expect(await readState(files())).toBeUndefined();
  const error: unknown = await writeState(files(), state).catch((reason: unknown) => reason);
  if (!(error instanceof UsageError)) throw new Error("it was written");
  expect(error.message).toContain(`cannot create ${files().folder}: `);
  expect(error.hint).toContain("XDG_CACHE_HOME");
});

test.each([
  [1000, 1000, false],
  [1001, 1000, true],
  [0, 1000, false],
  [1000, 0, false],
  [1000, undefined, false],
])("a state file of user %j is foreign to user %j: %j", (owner, user, expected) => {
  expect(isForeign(owner, user)).toBe(expected);
});

test("a remembered address that cannot be listened on is ignored", async () => {
  const usual = await usualHost(files());
  await mkdir(files().folder, { recursive: true });
  for (const text of ["127.0.0.1:0\n", "127.0.0.1:99999\n", "10.0.0.1:5000\n"]) {
    await writeFile(files().host, text);
    expect(await usualHost(files())).toBe(usual);
  }
});

test("the usual address is the same for a folder, and another one is remembered", async () => {
  const usual = await usualHost(files());
  expect(usual).toMatch(/^127\.0\.0\.1:2\d{4}$/);
  expect(await usualHost(files())).toBe(usual);
  expect(await possibleHosts(files())).toEqual([usual, ...otherHosts(usual), "127.0.0.1:0"]);
  expect(await rememberHost(files(), usual)).toBe(false);
  expect(await rememberHost(files(), "127.0.0.1:31000")).toBe(true);
  expect(await usualHost(files())).toBe("127.0.0.1:31000");
  expect((await possibleHosts(files())).slice(0, 2)).toEqual(["127.0.0.1:31000", usual]);
});

/** The next nineteen ports. */
function otherHosts(usual: string): readonly string[] {
  const first = Number(usual.split(":")[1]);
  return Array.from({ length: 19 }, (_, index) => {
    const port = first + index + 1;
    return `127.0.0.1:${port >= 30_000 ? port - 10_000 : port}`;
  });
}
