import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { planOf } from "../../../../test/support/plans.ts";
import { testIo } from "../../../../test/support/io.ts";
import { UsageError } from "../../../errors.ts";
import { digestOf } from "../../../oci/digest.ts";
import type { Context } from "../../../trust/context.ts";
import { readPlan } from "./read-plan.ts";

const made = planOf({
  cache: { host: "ghcr.io", path: "c" },
  targets: [],
  platforms: ["linux/amd64"],
});
const context: Context = { ...made.context, provider: "github", commit: "a".repeat(40) };
const plan = { ...made, context };
const text = JSON.stringify(plan);
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "layerkeep-read-plan-"));
  await writeFile(join(folder, "plan.json"), text);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const read = (digest: string | undefined, now = context, file = "plan.json") =>
  readPlan({ file, digest }, testIo({ cwd: folder }).io, { context: now, trust: plan.trust });

it("reads a plan with the digest that it must have, for this commit", async () => {
  expect((await read(digestOf(text))).legs).toHaveLength(1);
  expect((await read(undefined)).legs).toHaveLength(1);
});

it("refuses a plan with another digest", async () => {
  const other = digestOf("another");
  await expect(read(other)).rejects.toThrow(
    `the plan plan.json is not the expected plan: its digest is ${digestOf(text)}, not ${other}`,
  );
  await expect(read("abc")).rejects.toThrow('--plan-digest: "abc" is not a digest');
});

it("refuses a plan for another commit in CI, and elsewhere leaves it to the files", async () => {
  const other = { ...context, commit: "b".repeat(40) };
  await expect(read(undefined, other)).rejects.toThrow(
    "the plan was created for commit aaaaaaaaaaaa, but this run is for bbbbbbbbbbbb",
  );
  expect((await read(undefined, { ...other, provider: "git" })).legs).toHaveLength(1);
});

it("refuses a file that does not exist", async () => {
  await expect(read(undefined, context, "none.json")).rejects.toThrow(UsageError);
});

describe("a plan that writes a cache that its trust does not allow", () => {
  const rights = { ...plan.trust, level: "untrusted", writesCaches: false } as const;
  const write = (
    writesScratch: boolean,
    ref: string,
    scratch: string | null,
    more: Readonly<Record<string, string>> = {},
  ) => {
    const cache = { from: [], to: [{ type: "registry", attributes: { ref, ...more } }] };
    const trust = { ...rights, writesLegs: false, publishes: false, secrets: false, writesScratch };
    const legs = plan.legs.map((leg) => ({ ...leg, cache }));
    return writeFile(join(folder, "plan.json"), JSON.stringify({ ...plan, trust, scratch, legs }));
  };

  it("is refused if the cache is that of a mount", async () => {
    const mount = { id: "go", sharing: "shared", uid: null, gid: null, mode: null, stage: 0 };
    const mounts = [{ ...mount, from: ["mount-go"], to: "mount-go" }];
    const trust = { ...rights, writesLegs: false, publishes: false, secrets: false };
    const legs = plan.legs.map((leg) => ({ ...leg, cache: { from: [], to: [] }, mounts }));
    await writeFile(join(folder, "plan.json"), JSON.stringify({ ...plan, trust, legs }));
    await expect(read(undefined)).rejects.toThrow(
      "the plan plan.json would write a cache for app/linux/amd64",
    );
  });

  it.each([
    ["a repository besides scratch", true, "ghcr.io/c:cache", "ghcr.io/scratch"],
    ["a repository whose name begins with that of scratch", true, "ghcr.io/c2:cache", "ghcr.io/c"],
    ["a cache, without a scratch repository", true, "ghcr.io/c:cache", null],
    ["scratch, which it may not write", false, "ghcr.io/scratch:cache", "ghcr.io/scratch"],
  ])("is refused: %s", async (_, writesScratch, ref, scratch) => {
    await write(writesScratch, ref, scratch);
    await expect(read(undefined)).rejects.toThrow(
      "the plan plan.json would write a cache for app/linux/amd64, but the plan's trust level does not allow this",
    );
  });

  it.each<Readonly<Record<string, string>>>([
    { REF: "ghcr.io/acme/app:latest" },
    { Ref: "ghcr.io/acme/app:latest" },
    { type: "local", dest: "/home" },
    { TYPE: "local", dest: "/home" },
    { "type=local,dest": "/home" },
    { "": "" },
  ])("is refused: scratch, with attributes that buildx reads as others: %j", async (more) => {
    await write(true, "ghcr.io/scratch:cache", "ghcr.io/scratch", more);
    await expect(read(undefined)).rejects.toThrow(
      "plan.json: not a plan: legs.0.cache.to.0.attributes: names can contain only a-z, 0-9, _, . and -, and cannot be type",
    );
  });

  it("is read if it only writes scratch", async () => {
    await write(true, "ghcr.io/scratch:cache", "ghcr.io/scratch");
    expect((await read(undefined)).scratch).toBe("ghcr.io/scratch");
  });
});
