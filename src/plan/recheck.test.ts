import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { cacheOf, configOf, contextOf, variantOf } from "../../test/support/configs.ts";
import type { Config } from "../config/config.ts";
import { parseNormaliser } from "../config/variants/filters.ts";
import { UsageError } from "../errors.ts";
import type { BaseConfig } from "../dockerfile/stages/triggers.ts";
import { digestOf } from "../oci/digest.ts";
import { parsePlatform } from "../oci/platform.ts";
import { createContentMemory } from "../inputs/files/content-memory.ts";
import { createContextHasher } from "../inputs/files/context-files.ts";
import { makePlan } from "./make-plan.ts";
import { parsePlan } from "./parse-plan.ts";
import type { Plan } from "./plan.ts";
import {
  ChangedInputsError,
  createInputCheck,
  type InputCheck,
  refuseChangedInputs,
} from "./recheck.ts";
import { decideTrust } from "../trust/trust.ts";

let root = "";
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "layerkeep-recheck-"));
  await write("Dockerfile", "FROM busybox:1\nARG REFRESH\nCOPY . /\n");
  await write("plain.Dockerfile", "FROM busybox:1\nCOPY src /\n");
  await write("src", "one");
});
afterEach(() => rm(root, { recursive: true, force: true }));

function write(path: string, text: string): Promise<void> {
  return writeFile(join(root, path), text);
}

function config(changes: Partial<Config> = {}): Config {
  return configOf({
    root,
    file: join(root, "layerkeep.yml"),
    cache: cacheOf(),
    refresh: { arg: "REFRESH", every: "week", command: undefined },
    variants: [variantOf("app"), variantOf("plain", { dockerfile: "plain.Dockerfile" })],
    ...changes,
  });
}

/** A plan of the files on disk, written to a file and read back. */
async function planned(given = config(), base?: BaseConfig): Promise<Plan> {
  const context = contextOf();
  const options = {
    now: new Date("2026-11-21T04:00:00Z"),
    version: "0.0.0",
    trust: decideTrust(context, {
      claims: { default: undefined, release: [], writeOnTags: false },
      outside: {},
      write: false,
    }),
    epoch: "2026-W47",
    cacheRepository: "ghcr.io/acme/cache",
    force: false,
    cold: false,
    builder: undefined,
    machine: parsePlatform("linux/amd64"),
  };
  const plan = await makePlan(given, context, options, {
    resolvePin: () => Promise.resolve({ resolved: digestOf("busybox") }),
    ...(base !== undefined && { readBase: () => Promise.resolve({ config: base }) }),
    hasher: createContextHasher(),
    findStaged: () =>
      Promise.resolve({ whole: new Set(), unusable: new Map(), outdated: new Map(), warnings: [] }),
  });
  return parsePlan(JSON.stringify(plan), "plan.json");
}

function checkOf(plan: Plan): InputCheck {
  return createInputCheck(plan, { root, memory: createContentMemory() });
}

async function problems(plan: Plan, legs = plan.legs): Promise<string[]> {
  try {
    await refuseChangedInputs(legs, checkOf(plan));
    return [];
  } catch (error) {
    if (error instanceof UsageError) return error.problems.map(({ message }) => message);
    throw error;
  }
}

it("accepts unchanged inputs, with the plan's own pins and epoch", async () => {
  expect(await problems(await planned())).toEqual([]);
});

it("names each leg that differs, and its changed inputs", async () => {
  const plan = await planned();
  await write("src", "two");
  expect(await problems(plan)).toEqual([
    "app/linux/amd64 differs from the plan: context/src",
    "plain/linux/amd64 differs from the plan: context/src",
  ]);
});

it("takes base images' triggers from the plan, without any request", async () => {
  const variants = [variantOf("plain", { dockerfile: "plain.Dockerfile" })];
  await write("plain.Dockerfile", "FROM busybox:1\nCOPY $D /\n");
  await write("by-trigger", "one");
  const base = { env: ["D=src"], onbuild: ["COPY by-trigger /"] };
  const plan = await planned(config({ variants }), base);
  await write("other", "new");
  expect(await problems(plan)).toEqual([]);
  await write("by-trigger", "two");
  expect(await problems(plan)).toEqual([
    "plain/linux/amd64 differs from the plan: by-trigger (COPY by-trigger in plain.Dockerfile:1)",
  ]);
});

it("names an addition to a baseline that is not as planned, even a new one", async () => {
  await write("base.proto", "message A {}");
  await write("src", "message A { int32 a = 1; }");
  const filters = [{ glob: "src", as: parseNormaliser("protobuf:base.proto") }];
  const plan = await planned(config({ variants: [variantOf("app", { filters })] }));
  expect(await problems(plan)).toEqual([]);
  expect(plan.legs[0]?.input.additions).toEqual({
    "src: field 1 of A": expect.any(String) as string,
  });
  await write("src", "message A { int64 a = 1; int32 b = 2; }");
  expect(await problems(plan)).toEqual([
    "app/linux/amd64 differs from the plan: src: field 1 of A, src: field 2 of A",
  ]);
});

it("checks only the given legs", async () => {
  const plan = await planned();
  await write("plain.Dockerfile", "FROM busybox:1\nCOPY src /other\n");
  const named = (id: string) => plan.legs.filter((leg) => leg.variant === id);
  expect(await problems(plan, named("plain"))).toEqual([
    "plain/linux/amd64 differs from the plan: dockerfile, context/plain.Dockerfile",
  ]);
});

it("detects a changed mode", async () => {
  const plan = await planned();
  await chmod(join(root, "src"), 0o755);
  expect(await problems(plan)).toHaveLength(2);
});

it("takes the recipe from the plan, whatever the config has now", async () => {
  const plan = await planned(config({ variants: [variantOf("app", { labels: { a: "b" } })] }));
  expect(await problems(plan)).toEqual([]);
  const [leg] = plan.legs;
  if (leg === undefined) throw new Error("no leg");
  const other = { ...leg, build: { ...leg.build, labels: { a: "c" } } };
  expect(await problems({ ...plan, legs: [other] }, [other])).toEqual([
    "app/linux/amd64 differs from the plan: label:a",
  ]);
});

it("takes the epoch from the plan, whatever the time", async () => {
  const plan = await planned();
  const later: Plan = { ...plan, epoch: { arg: "REFRESH", value: "2026-W48" } };
  expect(await problems(later)).toEqual([
    "app/linux/amd64 differs from the plan: epoch 2026-W47 to 2026-W48",
  ]);
});

it("finds a file that was touched since the leg was read, even if its content is the same again", async () => {
  const plan = await planned();
  const [leg] = plan.legs;
  if (leg === undefined) throw new Error("no leg");
  const check = checkOf(plan);
  const checked = await check.read(leg);
  await check.lookAgain(leg, checked);
  await write("src", "two");
  await write("src", "one");
  await expect(check.lookAgain(leg, checked)).rejects.toThrow(ChangedInputsError);
  await expect(check.lookAgain(leg, checked)).rejects.toThrow(
    /^app\/linux\/amd64: src changed during the build$/,
  );
});

it("finds a file that was added, deleted or changed", async () => {
  const plan = await planned();
  const [leg] = plan.legs;
  if (leg === undefined) throw new Error("no leg");
  const check = checkOf(plan);
  const checked = await check.read(leg);
  await write("new", "one");
  await expect(check.lookAgain(leg, checked)).rejects.toThrow(/: new changed during the build$/);
  await rm(join(root, "new"));
  const again = await check.read(leg);
  await rm(join(root, "src"));
  await expect(check.lookAgain(leg, again)).rejects.toThrow(/src changed during the build$/);
});
