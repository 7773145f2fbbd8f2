import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { cacheOf, configOf, contextOf } from "../../../test/support/configs.ts";
import { planOf } from "../../../test/support/plans.ts";
import { startEmbedded, type TestRegistry } from "../../../test/support/registries.ts";
import { systemEnv } from "../../../test/support/system-env.ts";
import type { Config, Refresh } from "../../config/config.ts";
import { CommandError, UsageError } from "../../errors.ts";
import { exec } from "../../exec.ts";
import { parseRepository } from "../../oci/reference.ts";
import type { Context } from "../../trust/context.ts";
import type { Plan } from "../../plan/plan.ts";
import { decideTrust } from "../../trust/trust.ts";
import { RegistryClient } from "../../registry/client.ts";
import { anonymous } from "../../registry/auth/credentials.ts";
import { type Epoch, readEpoch, rememberEpoch } from "./epoch.ts";

const monday = new Date("2026-11-16T10:00:00Z");
const tuesday = new Date("2026-11-17T10:00:00Z");
const nextWeek = new Date("2026-11-23T10:00:00Z");

let registry: TestRegistry;
let client: RegistryClient;
beforeEach(async () => {
  registry = await startEmbedded();
  client = new RegistryClient({ credentials: anonymous });
});
afterEach(async () => {
  await client[Symbol.asyncDispose]();
  await registry[Symbol.asyncDispose]();
});

function config(refresh: Partial<Refresh> = {}): Config {
  return configOf({
    root: process.cwd(),
    cache: cacheOf(),
    refresh: { arg: "REFRESH", every: "week", command: undefined, ...refresh },
  });
}

function printing(command: string): Config {
  return config({ every: "command", command });
}

interface Run {
  readonly config?: Config;
  readonly refresh?: boolean;
  readonly context?: Partial<Context>;
  readonly cacheRepository?: string | undefined;
}

function read(now: Date, run: Run = {}): Promise<Epoch> {
  return readEpoch(run.config ?? config(), {
    client,
    exec,
    env: { ...systemEnv, GREETING: "hello" },
    now,
    trust: decideTrust(contextOf(run.context), {
      claims: { default: undefined, release: [], writeOnTags: false },
      outside: {},
      write: false,
    }),
    cacheRepository: "cacheRepository" in run ? run.cacheRepository : `${registry.host}/cache`,
    refresh: run.refresh ?? false,
  });
}

async function value(...given: Parameters<typeof read>): Promise<string | undefined> {
  return (await read(...given)).value;
}

function remember(epoch: string | undefined, changes: Partial<Plan> = {}): Promise<void> {
  const cache = parseRepository(`${registry.host}/cache`);
  const plan = planOf({ cache, targets: [], platforms: [] });
  const given = epoch === undefined ? null : { arg: "REFRESH", value: epoch };
  return rememberEpoch({ ...plan, epoch: given, ...changes }, client);
}

const fork: Partial<Context> = {
  event: "pull_request",
  branch: undefined,
  pullRequest: { number: 5, fork: true },
};

describe("readEpoch", () => {
  it.each([
    ["week", "2026-W47"],
    ["day", "2026-11-16"],
    ["hour", "2026-11-16T10"],
  ] as const)("is the period's name: %s", async (every, expected) => {
    expect(await read(monday, { config: config({ every }) })).toEqual({
      value: expected,
      warnings: [],
    });
  });

  it("is undefined if the config has no refresh", async () => {
    const without = configOf();
    expect(await value(monday, { config: without })).toBeUndefined();
    await expect(read(monday, { config: without, refresh: true })).rejects.toThrow(UsageError);
  });

  it("is the first line that the command prints, run with our environment", async () => {
    expect(await value(monday, { config: printing('echo " $GREETING "; echo second') })).toBe(
      "hello",
    );
  });

  it("throws if the command prints nothing, or fails", async () => {
    await expect(read(monday, { config: printing("echo") })).rejects.toThrow(
      new UsageError("refresh.command printed nothing: echo"),
    );
    const failed = read(monday, { config: printing("echo no >&2; exit 3") });
    await expect(failed).rejects.toThrow(CommandError);
    await expect(failed).rejects.toThrow("refresh.command: /bin/sh exited with 3\nno");
  });

  it("runs no command in an untrusted context, and warns", async () => {
    const run = { config: printing("echo ran"), context: fork };
    expect(await read(monday, run)).toEqual({
      value: undefined,
      warnings: [
        "untrusted runs do not run refresh.command, so REFRESH is unset. Legs that declare it cannot reuse trusted builds",
      ],
    });
    expect(await value(monday, { context: fork })).toBe("2026-W47");
  });

  it("starts a new epoch on request", async () => {
    expect(await value(monday, { refresh: true })).toBe("2026-W47+2026-11-16T10:00:00.000Z");
  });

  it("continues if the cache repository cannot be read, or if there is none", async () => {
    expect(await value(monday, { cacheRepository: undefined })).toBe("2026-W47");
    await registry[Symbol.asyncDispose]();
    const down = new RegistryClient({ credentials: anonymous, sleep: () => Promise.resolve() });
    await client[Symbol.asyncDispose]();
    client = down;
    expect(await value(monday)).toBe("2026-W47");
  });
});

describe("rememberEpoch", () => {
  const begun = "2026-W47+2026-11-16T10:00:00.000Z";

  it("applies to later runs of the same period, and to no other", async () => {
    await remember(begun);
    expect(await value(tuesday)).toBe(begun);
    expect(await value(tuesday, { context: fork })).toBe(begun);
    expect(await value(nextWeek)).toBe("2026-W48");
  });

  it("gives way to a later one", async () => {
    await remember(begun);
    const later = "2026-W47+2026-11-17T10:00:00.000Z";
    await remember(later);
    expect(await value(tuesday)).toBe(later);
  });

  it("keeps a later one if an older plan is built last", async () => {
    const later = "2026-W48+2026-11-23T10:00:00.000Z";
    await remember(later);
    await remember(begun);
    expect(await value(nextWeek)).toBe(later);
  });

  it.each([
    ["a period that was not refreshed", "2026-W47"],
    ["a command's output with a plus in it", "1.2+build"],
    ["no epoch", undefined],
  ])("writes nothing for %s", async (_, epoch) => {
    await remember(epoch);
    const tags = await client.listTags(parseRepository(`${registry.host}/cache`));
    expect(tags).toEqual([]);
  });

  it("writes nothing if legs may not be written", async () => {
    const { trust } = planOf({ cache: parseRepository("r.io/x"), targets: [], platforms: [] });
    await remember(begun, { trust: { ...trust, writesLegs: false } });
    await remember(begun, { cacheRepository: null });
    expect(await value(tuesday)).toBe("2026-W47");
  });

  it("finds the period in a command's output that has a plus in it", async () => {
    const run = { config: printing("echo 1.2+build") };
    const refreshed = await value(monday, { ...run, refresh: true });
    expect(refreshed).toBe("1.2+build+2026-11-16T10:00:00.000Z");
    await remember(refreshed);
    expect(await value(tuesday, run)).toBe(refreshed);
    expect(await value(tuesday, { config: printing("echo 1.2") })).toBe("1.2");
  });
});
