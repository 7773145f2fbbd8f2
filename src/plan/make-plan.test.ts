import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { loadConfig } from "../config/load/load.ts";
import { digestOf } from "../oci/digest.ts";
import { parsePlatform } from "../oci/platform.ts";
import type { Context, Trust } from "../trust/context.ts";
import { createContextHasher } from "../inputs/files/context-files.ts";
import { type PlanOptions } from "./plan-options.ts";
import { makePlan, type PlanServices } from "./make-plan.ts";
import { parsePlan } from "./parse-plan.ts";
import type { Plan, PlannedLeg } from "./plan.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "layerkeep-plan-"));
  write({
    "layerkeep.yml": `cache: ghcr.io/acme/cache
refresh: { arg: EPOCH }
builders: { linux/arm64: arm }
runners: { linux/arm64: ubuntu-24.04-arm }
publish: { repository: ghcr.io/acme/app, tags: ["type=raw,value=1.0"] }
variants:
  core:
    platforms: [linux/amd64, linux/arm64]
    args: { A: 1 }
    secrets: ["id=token,env=TOKEN"]
  plain: { dockerfile: plain.Dockerfile }
`,
    Dockerfile: "FROM busybox:1\nARG EPOCH\nARG A\nCOPY src /\nRUN true\n",
    "plain.Dockerfile": "FROM scratch\nCOPY src /\n",
    src: "source\n",
  });
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(files: Record<string, string>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

const context: Context = {
  provider: "github",
  event: "push",
  ref: "refs/heads/main",
  branch: "main",
  tag: undefined,
  commit: "c0ffee",
  head: "c0ffee",
  commitDate: "2026-11-21T04:00:00Z",
  defaultBranch: "main",
  baseBranch: undefined,
  pullRequest: undefined,
  branchesWithCommit: undefined,
  source: "https://github.com/acme/app",
  run: { id: "42", url: undefined },
  dirty: false,
};

const trust: Trust = {
  level: "trusted",
  reason: "push on the default branch main",
  writesCaches: true,
  writesLegs: true,
  publishes: true,
  writesScratch: false,
  secrets: true,
};

const base = digestOf("busybox");

async function plan(
  more: Partial<PlanOptions> = {},
  services: Partial<PlanServices> = {},
  at: Partial<Context> = {},
): Promise<Plan> {
  const config = await loadConfig({ file: join(folder, "layerkeep.yml"), vars: {} });
  return makePlan(
    config,
    { ...context, ...at },
    {
      now: new Date("2026-11-21T05:00:00Z"),
      version: "0.1.0",
      trust,
      epoch: "2026-W47",
      cacheRepository: "ghcr.io/acme/cache",
      force: false,
      cold: false,
      builder: undefined,
      machine: parsePlatform("linux/amd64"),
      ...more,
    },
    {
      resolvePin: () => Promise.resolve({ resolved: base }),
      readBase: () => Promise.resolve({ config: { env: [], onbuild: [] } }),
      hasher: createContextHasher(),
      findStaged: () =>
        Promise.resolve({
          whole: new Set<string>(),
          unusable: new Map(),
          outdated: new Map(),
          warnings: [],
        }),
      ...services,
    },
  );
}

function legOf({ legs }: Plan, id: string): PlannedLeg {
  const leg = legs.find((candidate) => candidate.id === id);
  if (leg === undefined) throw new Error(`there is no ${id}`);
  return leg;
}

test("lists for each leg what is built, its inputs, its caches and its tags", async () => {
  const made = await plan();
  expect(made).toMatchObject({
    schema: "layerkeep.plan.v1",
    createdAt: "2026-11-21T05:00:00.000Z",
    epoch: { arg: "EPOCH", value: "2026-W47" },
    pins: [{ kind: "image", ref: "busybox:1", resolved: base }],
    cacheRepository: "ghcr.io/acme/cache",
    warnings: [],
  });
  expect(made.legs.map(({ id }) => id)).toEqual([
    "core/linux/amd64",
    "core/linux/arm64",
    "plain/linux/amd64",
  ]);
  const { input, ...leg } = legOf(made, "core/linux/arm64");
  expect(leg).toEqual({
    id: "core/linux/arm64",
    variant: "core",
    platform: "linux/arm64",
    action: "build",
    reason: "no leg with these inputs is staged",
    bypass: "none",
    preview: null,
    staged: {
      leg: `ghcr.io/acme/cache:leg-core-arm64-${input.digest.slice(7, 47)}`,
      newest: "ghcr.io/acme/cache:leg-core-arm64",
      log: "ghcr.io/acme/cache:log-core-arm64",
    },
    cache: {
      from: [{ type: "registry", attributes: { ref: "ghcr.io/acme/cache:cache-core-arm64" } }],
      to: [
        {
          type: "registry",
          attributes: { ref: "ghcr.io/acme/cache:cache-core-arm64", mode: "max" },
        },
      ],
    },
    build: {
      dockerfile: "Dockerfile",
      dockerfileInline: null,
      context: ".",
      target: null,
      args: { A: "1", EPOCH: "2026-W47" },
      labels: {},
      contexts: {},
      inputs: [],
      filters: [],
      buildPlatform: "linux/arm64",
      secrets: ["id=token,env=TOKEN"],
      ssh: [],
      network: null,
      shmSize: null,
      ulimits: [],
      allow: [],
      addHosts: [],
      provenance: "auto",
      sbom: false,
    },
    parents: [],
    runsOn: ["linux/arm64"],
    unpinned: [],
    builders: ["arm"],
    runner: "ubuntu-24.04-arm",
  });
  expect(made.variants[0]).toEqual({
    name: "core",
    legs: ["core/linux/amd64", "core/linux/arm64"],
    previews: [],
    targets: [
      {
        repository: "ghcr.io/acme/app",
        tags: [{ tag: "1.0", order: "ancestry" }],
        shape: "index",
        annotations: {
          "org.opencontainers.image.created": "2026-11-21T04:00:00Z",
          "org.opencontainers.image.revision": "c0ffee",
          "org.opencontainers.image.source": "https://github.com/acme/app",
          "org.opencontainers.image.version": "1.0",
        },
      },
    ],
  });
});

test("changes the caches of a variant as it says, and keeps its inputs", async () => {
  const usual = await plan();
  const text = readFileSync(join(folder, "layerkeep.yml"), "utf8");
  const core = text.replace(/^ {2}core:\n/m, "$&    cache: false\n");
  write({ "layerkeep.yml": core.replace("plain: { ", "plain: { cache: { mode: min }, ") });
  const made = await plan();
  expect(made.legs.map(({ input }) => input.digest)).toEqual(
    usual.legs.map(({ input }) => input.digest),
  );
  const ref = "ghcr.io/acme/cache:cache-plain-amd64";
  expect(made.legs.map(({ cache }) => cache)).toEqual([
    { from: [], to: [] },
    { from: [], to: [] },
    {
      from: [{ type: "registry", attributes: { ref } }],
      to: [{ type: "registry", attributes: { ref, mode: "min" } }],
    },
  ]);
});

test("is unchanged after being written to a file and read back", async () => {
  const made = await plan();
  expect(parsePlan(JSON.stringify(made), "plan.json")).toEqual(made);
});

describe("what changes a leg's input digest", () => {
  const digestsOf = async (...args: Parameters<typeof plan>): Promise<string[]> =>
    (await plan(...args)).legs.map(({ input }) => input.digest);

  test("the epoch, if the Dockerfile declares its argument", async () => {
    const [before, after] = [await digestsOf(), await digestsOf({ epoch: "2026-W48" })];
    expect(after.map((digest, index) => digest === before[index])).toEqual([false, false, true]);
  });

  test("a pin, for the legs that read it", async () => {
    const resolvePin = () => Promise.resolve({ resolved: digestOf("another") });
    const [before, after] = [await digestsOf(), await digestsOf({}, { resolvePin })];
    expect(after.map((digest, index) => digest === before[index])).toEqual([false, false, true]);
  });

  test("neither the commit, nor the run, nor the time, nor the trust", async () => {
    const before = await digestsOf();
    const later = { now: new Date("2026-11-22T05:00:00Z") };
    const elsewhere = { commit: "beef", head: "beef", commitDate: undefined, run: undefined };
    expect(await digestsOf(later, {}, elsewhere)).toEqual(before);
    const untrusted = { ...trust, level: "untrusted", secrets: false, writesLegs: false } as const;
    expect(await digestsOf({ trust: untrusted })).toEqual(before);
  });
});

describe("a staged leg", () => {
  const whole = new Set(["core/linux/amd64", "plain/linux/amd64"]);
  const unusable = new Map([["core/linux/arm64", "x lacks sha256:1"]]);
  const findStaged = () =>
    Promise.resolve({ whole, unusable, outdated: new Map(), warnings: ["a warning"] });
  const decisions = async (more: Partial<PlanOptions>): Promise<unknown> =>
    (await plan(more, { findStaged })).legs.map(({ action, bypass, reason }) => [
      action,
      bypass,
      reason,
    ]);

  test("is reused; one with a missing part is built, with the reason", async () => {
    expect(await decisions({})).toEqual([
      ["reuse", "none", "staged with the same inputs"],
      ["build", "none", "x lacks sha256:1"],
      ["reuse", "none", "staged with the same inputs"],
    ]);
    expect((await plan({}, { findStaged })).warnings).toEqual(["a warning"]);
  });

  test("is built if additions to a baseline changed since, with the reason", async () => {
    const names = ["a.proto: field 9 of A", "a.proto: message B (deleted)"];
    const outdated = new Map([
      ["core/linux/amd64", names.slice(0, 1)],
      ["core/linux/arm64", names],
      ["plain/linux/amd64", ["1", "2", "3", "4", "5", "6"]],
    ]);
    const found = { whole: new Set<string>(), unusable: new Map(), outdated, warnings: [] };
    const { legs } = await plan({}, { findStaged: () => Promise.resolve(found) });
    expect(legs.map(({ action, reason }) => [action, reason])).toEqual([
      [
        "build",
        "a.proto: field 9 of A was added after the baseline and has changed since the leg was built",
      ],
      [
        "build",
        "a.proto: field 9 of A, a.proto: message B (deleted) were added after the baseline and have changed since the leg was built",
      ],
      [
        "build",
        "1, 2, 3, 4 and 2 more were added after the baseline and have changed since the leg was built",
      ],
    ]);
    expect(legs.map((leg) => leg.outdated)).toEqual([...outdated.values()]);
  });

  test("is built if --force or --cold names it, its variant, or nothing", async () => {
    const forced = ["build", "staged", "--force was given"];
    const cold = ["build", "caches", "--cold was given"];
    const reused = ["reuse", "none", "staged with the same inputs"];
    expect(await decisions({ force: ["plain"] })).toEqual([reused, expect.anything(), forced]);
    expect(await decisions({ force: ["core/linux/amd64"], cold: ["plain"] })).toEqual([
      forced,
      expect.anything(),
      cold,
    ]);
    expect(await decisions({ force: true, cold: true })).toEqual([cold, cold, cold]);
  });
});

test("without a cache repository nothing is staged", async () => {
  const made = await plan({ cacheRepository: undefined });
  expect(made.cacheRepository).toBeNull();
  expect(made.legs.map(({ staged, cache }) => [staged, cache])).toEqual(
    Array.from({ length: 3 }, () => [null, { from: [], to: [] }]),
  );
});

test("warns of a base image that cannot be pinned, and never reuses its leg", async () => {
  const resolvePin = () => Promise.resolve({ resolved: null, note: "its registry is down" });
  const findStaged = (legs: readonly PlannedLeg[]) =>
    Promise.resolve({
      whole: new Set(legs.map(({ id }) => id)),
      unusable: new Map(),
      outdated: new Map(),
      warnings: [],
    });
  const made = await plan({}, { resolvePin, findStaged });
  expect(made.warnings).toEqual(["busybox:1 is not pinned: its registry is down"]);
  expect(legOf(made, "core/linux/amd64").action).toBe("build");
  expect(legOf(made, "plain/linux/amd64").action).toBe("reuse");
});

test("rejects a cache tag that is the same for two variants, before it plans", async () => {
  write({
    "layerkeep.yml": `cache: { repository: ghcr.io/acme/cache, type: gha, tag: "x-{platform}" }
variants:
  a: { dockerfile: plain.Dockerfile }
  b: { dockerfile: plain.Dockerfile }
`,
  });
  await expect(plan()).rejects.toMatchObject({
    code: "usage",
    message: expect.stringContaining(
      '"x-{platform}" produces the same tag for multiple legs',
    ) as string,
  });
});

test("rejects a cache that would overwrite a build or a log, with both names", async () => {
  const config = (tag: string): Record<string, string> => ({
    "layerkeep.yml": `cache: { repository: ghcr.io/acme/cache, tag: "${tag}" }
variants:
  a: { dockerfile: plain.Dockerfile }
  leg-a: { dockerfile: plain.Dockerfile }
`,
  });
  write(config("log{suffix}-{platform}"));
  await expect(plan()).rejects.toMatchObject({
    problems: ["a", "leg-a"].map((name) => ({
      message: `two outputs of ${name}/linux/amd64 would share ghcr.io/acme/cache:log-${name}-amd64`,
    })),
  });
  write(config("{name}-{platform}"));
  await expect(plan()).rejects.toMatchObject({
    problems: [
      {
        message: "a/linux/amd64 and leg-a/linux/amd64 would share ghcr.io/acme/cache:leg-a-amd64",
      },
    ],
  });
});

test("warns of an argument that nothing declares, and passes the epoch where it is declared", async () => {
  write({
    "layerkeep.yml": `refresh: { arg: EPOCH }
variants:
  core: { args: { A: 1, TYPO: 2, HTTP_PROXY: http://proxy } }
  plain: { dockerfile: plain.Dockerfile }
  more: { args: { TYPO: 3 } }
`,
  });
  const made = await plan();
  expect(made.legs.map(({ build }) => build.args)).toEqual([
    { A: "1", TYPO: "2", HTTP_PROXY: "http://proxy", EPOCH: "2026-W47" },
    {},
    { TYPO: "3", EPOCH: "2026-W47" },
  ]);
  expect(made.warnings).toEqual([
    "core: Dockerfile does not declare the argument TYPO",
    "more: Dockerfile does not declare the argument TYPO",
  ]);
});

test("a plan carries the config's settings, and pins beside them", async () => {
  write({
    Dockerfile: "# syntax=docker/dockerfile:1\nFROM busybox:1\nCOPY --from=assets / /\n",
    "layerkeep.yml": "variants: { core: { contexts: { assets: docker-image://a:1 } } }\n",
  });
  const made = await plan();
  expect(legOf(made, "core/linux/amd64").build).toMatchObject({
    args: {},
    contexts: { assets: "docker-image://a:1" },
  });
  expect(made.pins.map(({ kind, ref }) => `${kind} ${ref}`)).toEqual([
    "image busybox:1",
    "image a:1",
    "syntax docker/dockerfile:1",
  ]);
});

test("a build that writes no inline cache does not replace the image that carries one", async () => {
  write({
    "layerkeep.yml": `cache: { repository: ghcr.io/acme/cache, type: inline }
variants: { plain: { dockerfile: plain.Dockerfile } }
`,
  });
  const leg = (made: Plan): PlannedLeg => legOf(made, "plain/linux/amd64");
  const onBranch = leg(await plan());
  const onTag = leg(await plan({ trust: { ...trust, writesCaches: false } }));
  const newest = "ghcr.io/acme/cache:leg-plain-amd64";
  expect([onBranch.staged?.newest, onTag.staged?.newest]).toEqual([newest, `${newest}.uncached`]);
  expect(onTag.staged?.leg).toBe(onBranch.staged?.leg);
  expect(onTag.cache).toEqual({
    from: [{ type: "registry", attributes: { ref: newest } }],
    to: [],
  });
});

describe("variants that are built on others", () => {
  const config = (
    base = "platforms: [linux/amd64, linux/arm64]",
  ): string => `cache: ghcr.io/acme/cache
variants:
  app: { dockerfile: app.Dockerfile, contexts: { on: "variant:lib" }, platforms: [linux/amd64, linux/arm64] }
  lib: { dockerfile: lib.Dockerfile, contexts: { on: "variant:base" }, platforms: [linux/amd64, linux/arm64] }
  base: { dockerfile: base.Dockerfile, ${base} }
  alone: { dockerfile: plain.Dockerfile }
`;
  const all = ["app", "lib", "base"].flatMap((name) => [
    `${name}/linux/amd64`,
    `${name}/linux/arm64`,
  ]);

  beforeEach(() => {
    write({
      "layerkeep.yml": config(),
      "base.Dockerfile": "FROM busybox:1\nARG TARGETARCH\nENV FILE=src\nCOPY $TARGETARCH /\n",
      "lib.Dockerfile": "FROM on\nONBUILD COPY own /\nCOPY $FILE /\n",
      "app.Dockerfile": "FROM on\n",
      amd64: "",
      arm64: "",
      own: "",
    });
  });

  /** Legs whose digests the files, options and services change. */
  async function changed(
    files: Record<string, string>,
    ...args: Parameters<typeof plan>
  ): Promise<readonly string[]> {
    const before = await plan();
    write(files);
    const after = await plan(...args);
    return after.legs
      .filter(({ id, input }) => input.digest !== legOf(before, id).input.digest)
      .map(({ id }) => id);
  }

  test("have the legs that they read as parents, and what those bring", async () => {
    const made = await plan();
    expect(made.legs.map(({ id }) => id)).toEqual([...all, "alone/linux/amd64"]);
    expect(legOf(made, "app/linux/arm64").parents).toEqual([
      {
        context: "on",
        leg: "lib/linux/arm64",
        config: {
          env: [expect.stringMatching(/^PATH=/) as string, "FILE=src"],
          onbuild: ["COPY own /"],
        },
      },
    ]);
    expect(legOf(made, "base/linux/amd64").parents).toEqual([]);
    const { parts } = legOf(made, "app/linux/amd64").input;
    expect(parts).toMatchObject({
      "parent:on": legOf(made, "lib/linux/amd64").input.digest,
      "parent-leg:on": "lib/linux/amd64",
    });
    expect(parsePlan(JSON.stringify(made), "plan.json")).toEqual(made);
  });

  test("change with their parents' inputs, at any distance, and for the platform alone", async () => {
    expect(await changed({ arm64: "2" })).toEqual(all.filter((id) => id.endsWith("arm64")));
    expect(await changed({ "lib.Dockerfile": "FROM on\n" })).toEqual(all.slice(0, 4));
    expect(await changed({ "app.Dockerfile": "FROM on\nUSER 1\n" })).toEqual(all.slice(0, 2));
  });

  test("read what their parents' variables and triggers name", async () => {
    // The base's ENV names the file, and the trigger of lib runs in app.
    expect(await changed({ src: "2" })).toEqual([...all.slice(0, 4), "alone/linux/amd64"]);
    expect(await changed({ own: "2" })).toEqual(all.slice(0, 2));
  });

  test("do not change with what is built again to the same inputs", async () => {
    expect(await changed({}, { force: ["base"], cold: ["lib"] })).toEqual([]);
    const findStaged: PlanServices["findStaged"] = (legs) => {
      const staged = legs.filter(({ variant }) => variant !== "base");
      return Promise.resolve({
        ...{
          whole: new Set(staged.map(({ id }) => id)),
          unusable: new Map(),
          outdated: new Map(),
          warnings: [],
        },
      });
    };
    const made = await plan({ force: ["lib/linux/amd64"] }, { findStaged });
    const built = made.legs.filter(({ action }) => action === "build").map(({ id }) => id);
    expect(built).toEqual(["lib/linux/amd64", "base/linux/amd64", "base/linux/arm64"]);
  });

  test("are never reused if a parent cannot be pinned", async () => {
    const resolvePin = () => Promise.resolve({ resolved: null, note: "its registry is down" });
    const findStaged: PlanServices["findStaged"] = (legs) =>
      Promise.resolve({
        ...{
          whole: new Set(legs.map(({ id }) => id)),
          unusable: new Map(),
          outdated: new Map(),
          warnings: [],
        },
      });
    const made = await plan({}, { resolvePin, findStaged });
    expect(made.legs.map(({ id, action, unpinned }) => [id, action, unpinned])).toEqual([
      ["app/linux/amd64", "build", ["lib/linux/amd64"]],
      ["app/linux/arm64", "build", ["lib/linux/arm64"]],
      ["lib/linux/amd64", "build", ["base/linux/amd64"]],
      ["lib/linux/arm64", "build", ["base/linux/arm64"]],
      ["base/linux/amd64", "build", ["busybox:1"]],
      ["base/linux/arm64", "build", ["busybox:1"]],
      ["alone/linux/amd64", "reuse", []],
    ]);
    expect(made.warnings).toEqual(["busybox:1 is not pinned: its registry is down"]);
    expect(legOf(made, "app/linux/amd64").reason).toBe(
      "lib/linux/amd64 could not be pinned and may have changed",
    );
  });

  test("are refused for a platform that the parent is not built for", async () => {
    write({ "layerkeep.yml": config("platforms: [linux/amd64, linux/s390x]") });
    await expect(plan()).rejects.toMatchObject({
      code: "usage",
      problems: [
        {
          line: 4,
          message:
            "lib/linux/arm64 is built on base for linux/arm64, but base is built only for linux/amd64, linux/s390x",
          hint: "add linux/arm64 to the platforms of base, or choose a platform that base is built for, such as variant:base/linux/amd64",
        },
      ],
    });
  });
});
