import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readLog } from "../../src/pipeline/records/build-log.ts";
import { layerkeep } from "../support/cli.ts";
import { testEngine } from "../support/engine.ts";
import {
  type Decide,
  type FaultProxy,
  scripted,
  seeded,
  startFaultProxy,
} from "../support/fault-proxy.ts";
import { at } from "../support/json.ts";
import { createProject, type Project } from "../support/project.ts";
import { tagLike, tagsOf, testClient } from "../support/repository-state.ts";
import { skopeoManifest } from "../support/skopeo.ts";
import { engineEnv, smallProject } from "../support/small-build.ts";

const env = engineEnv();
const [first, second] = testEngine().registries;
/** In front of the registry that legs are staged in, and of the one that images are published to. */
let staging: FaultProxy;
let target: FaultProxy;
let project: Project;

beforeEach(async () => {
  [staging, target] = await Promise.all([
    startFaultProxy(first, () => undefined),
    startFaultProxy(second, () => undefined),
  ]);
  project = createProject((id) =>
    smallProject(
      `cache: ${staging.host}/${id}/cache
publish: { repository: ${target.host}/${id}/app, tags: ["type=raw,value=1"] }
variants:
  core: {}
`,
    ),
  );
});

afterEach(async () => {
  project[Symbol.dispose]();
  await Promise.all([staging[Symbol.asyncDispose](), target[Symbol.asyncDispose]()]);
});

const up = (...args: string[]) => layerkeep(project, ["up", "--write", ...args], { env });
const staged = () => tagsOf(`${first}/${project.id}/cache`);
const published = () => tagsOf(`${second}/${project.id}/app`);

/** Nothing is left over from the fault: the same command does the whole job. */
async function worksAfterwards(outcome: "built" | "reused"): Promise<void> {
  staging.decide = () => undefined;
  target.decide = () => undefined;
  const result = await up("--json", "--quiet");
  expect(result).toMatchObject({ code: 0, stderr: "" });
  expect(at(result.stdout, "legs", 0, "outcome")).toBe(outcome);
  expect(await published()).toEqual({ "1": at(result.stdout, "published", 0, "digest") });
  await skopeoManifest(`${second}/${project.id}/app:1`);
}

describe("a registry that does not serve is named before anything is built, and the exit code is 3", () => {
  test("one that is down", async () => {
    await staging[Symbol.asyncDispose]();
    const result = await up();
    expect(result).toMatchObject({ code: 3, stdout: "" });
    expect(result.stderr).toMatch(
      /^error: the cache repository \S+\/cache is not available: GET \S+: connection refused \(start the registry at .*\)\n$/,
    );
    expect([await staged(), await published()]).toEqual([{}, {}]);
    staging = await startFaultProxy(first, () => undefined);
  });

  test("one that refuses everything", async () => {
    staging.decide = scripted({ fault: { type: "status", status: 403 } });
    const result = await up();
    expect(result).toMatchObject({ code: 3, stdout: "" });
    expect(result.stderr).toMatch(
      /the cache repository \S+ is not available: GET \S+: 403 \(the credentials for \S+ lack permission for this/,
    );
    await worksAfterwards("built");
  });
});

test("a registry that takes no push fails the leg with what it said made harmless, and exits with 3", async () => {
  const body = '{"errors":[{"code":"DENIED","message":"\\u001b[31mno push here"}]}';
  staging.decide = scripted({ method: "POST", fault: { type: "status", status: 403, body } });
  const result = await up();
  expect(result.code).toBe(3);
  expect(result.stdout).toMatch(/^core\/linux\/amd64 +failed /m);
  expect(result.stderr).toMatch(
    /core\/linux\/amd64 failed: build of core\/linux\/amd64: the image was not pushed: .*denied: no push here\nhint: log in as a user who can push/,
  );
  expect(result.stderr).toContain("core was not published: core/linux/amd64 failed\n");
  expect(result.stdout + result.stderr).not.toContain("\u001b");
  expect([await staged(), await published()]).toEqual([{}, {}]);
  await worksAfterwards("built");
});

test.each<[string, Decide, (requests: FaultProxy["faulted"]) => number]>([
  [
    "429 three times",
    scripted({
      times: 3,
      fault: { type: "status", status: 429, headers: { "retry-after": "0" } },
    }),
    (faulted) => faulted.length,
  ],
  [
    "500 three times, to readers",
    scripted({ method: "GET", times: 3, fault: { type: "status", status: 500 } }),
    (faulted) => faulted.length,
  ],
  [
    "500 three times, to writers",
    scripted({ method: "PUT", times: 3, fault: { type: "status", status: 500 } }),
    (faulted) => faulted.length,
  ],
])(
  "a registry that answers %s and then serves costs time, nothing else",
  async (_, decide, count) => {
    staging.decide = decide;
    const result = await up("--json", "--quiet");
    expect(result).toMatchObject({ code: 0, stderr: "" });
    expect(at(result.stdout, "legs", 0)).toMatchObject({
      outcome: "built",
      cache: "yes",
      warnings: [],
    });
    expect(count(staging.faulted)).toBe(3);
    await worksAfterwards("reused");
  },
);

test("a push of the engine's that is cut in the middle is taken up again", async () => {
  staging.decide = scripted({
    method: "PUT",
    url: /\/blobs\/uploads\//,
    times: 2,
    fault: { type: "cut", bytes: 60 },
  });
  const result = await up("--json", "--quiet");
  expect(result).toMatchObject({ code: 0, stderr: "" });
  expect(staging.faulted.map(({ method }) => method)).toEqual(["PUT", "PUT"]);
  await worksAfterwards("reused");
});

test("a push of the engine's that is always cut fails the leg and exits with 3; no tag exists", async () => {
  staging.decide = scripted({
    method: "PUT",
    url: /\/cache\/blobs\/uploads\//,
    fault: { type: "cut", bytes: 60 },
  });
  const result = await up();
  expect(result.code).toBe(3);
  expect(result.stderr).toMatch(
    /the image was not pushed: [^]*hint: check that the registry is up/,
  );
  expect([await staged(), await published()]).toEqual([{}, {}]);
  await worksAfterwards("built");
});

const blobUnknown = {
  type: "status",
  status: 400,
  headers: { "content-type": "application/json" },
  body: '{"errors":[{"code":"BLOB_UNKNOWN","message":"blob unknown to registry"}]}',
} as const;

describe("a push of the engine's that a registry refuses by chance", () => {
  const manifest = { method: "PUT", url: /\/cache\/manifests\// };

  test("is repeated and said; the steps are not run again", async () => {
    await testEngine().emptyCache();
    staging.decide = scripted({ ...manifest, times: 1, fault: blobUnknown });
    const result = await up("--json", "--quiet");
    expect(result.code).toBe(0);
    const warning = expect.stringMatching(
      /^the push failed, so the build ran again: .*blob unknown to registry$/,
    ) as string;
    expect(at(result.stdout, "legs", 0)).toMatchObject({
      outcome: "built",
      steps: { cached: 0, all: 3 },
      cache: "yes",
      warnings: [warning],
    });
    expect(result.stderr).toMatch(
      /^warning: core\/linux\/amd64: the push failed, so the build ran again: .*\n$/,
    );
    await worksAfterwards("reused");
  });

  test("is repeated twice and no more", async () => {
    staging.decide = scripted({ ...manifest, fault: blobUnknown });
    const result = await up();
    expect(result.code).toBe(3);
    expect(result.stderr).toMatch(/the image was not pushed: .*blob unknown to registry/);
    const tags = staging.faulted.filter(({ url }) => /\/leg-core-amd64$|sha256/.test(url));
    expect(tags).toHaveLength(3);
    expect([await staged(), await published()]).toEqual([{}, {}]);
    await worksAfterwards("built");
  });

  test("is not repeated where the registry means it", async () => {
    const body = '{"errors":[{"code":"DENIED","message":"over quota"}]}';
    staging.decide = scripted({ ...manifest, fault: { type: "status", status: 403, body } });
    expect((await up()).code).toBe(3);
    expect(staging.faulted.filter(({ url }) => /leg-core-amd64$|sha256/.test(url))).toHaveLength(1);
  });

  test("a cache export that fails alone is said and not repeated", async () => {
    const cache = { method: "PUT", url: /\/manifests\/cache-/ };
    staging.decide = scripted({ ...cache, fault: blobUnknown });
    const result = await up("--json", "--quiet");
    expect(result.code).toBe(0);
    expect(at(result.stdout, "legs", 0)).toMatchObject({
      cache: "failed",
      warnings: [
        expect.stringMatching(/^the cache .* was not written: .*400 Bad Request/) as string,
      ],
    });
    expect(staging.faulted).toHaveLength(1);
  });
});

test("a copy that is cut in the middle is taken up again", async () => {
  target.decide = scripted(
    {
      method: "PATCH",
      times: 2,
      fault: { type: "cut", bytes: 1000 },
    },
    { method: "PUT", url: /\/blobs\/uploads\//, times: 1, fault: { type: "cut", bytes: 60 } },
  );
  const result = await up("--json", "--quiet");
  expect(result).toMatchObject({ code: 0, stderr: "" });
  expect(target.faulted.length).toBeGreaterThan(0);
  await worksAfterwards("reused");
});

test("a target that takes no copy moves no tag, keeps what was staged, and exits with 3", async () => {
  target.decide = scripted({ method: "POST", fault: { type: "status", status: 403 } });
  const result = await up();
  expect(result.code).toBe(3);
  expect(result.stdout).toMatch(/^core\/linux\/amd64 +built /m);
  expect(result.stderr).toMatch(
    /core was not published: POST \S+: 403[^]*hint: the credentials for/,
  );
  expect(Object.keys(await staged()).filter((tag) => tag.startsWith("leg-"))).toHaveLength(2);
  expect(await published()).toEqual({});
  await worksAfterwards("reused");
});

test("an answer that gets lost after the registry has acted changes nothing", async () => {
  const lost = { type: "drop-answer" } as const;
  staging.decide = scripted({ method: "PUT", url: /\/manifests\//, times: 2, fault: lost });
  target.decide = scripted({ method: "PUT", times: 3, fault: lost });
  const result = await up("--json", "--quiet");
  expect(result).toMatchObject({ code: 0, stderr: "" });
  expect([staging.faulted.length, target.faulted.length]).toEqual([2, 3]);
  await worksAfterwards("reused");
});

test.each([1, 2, 3])(
  "with a fifth of all answers broken the same images come out (seed %i)",
  async (seed) => {
    const faults = [
      { type: "status", status: 503 },
      { type: "reset" },
      { type: "drop-answer" },
      { type: "truncate", bytes: 30 },
    ] as const;
    const built = await up("--json", "--quiet");
    expect(built.code).toBe(0);
    const before = await published();
    // Published a second time under another name, through a bad line.
    project.write({
      "layerkeep.yml": `cache: ${staging.host}/${project.id}/cache
publish: { repository: ${target.host}/${project.id}/again, tags: ["type=raw,value=1"] }
variants:
  core: {}
`,
    });
    target.decide = seeded(seed, 0.2, faults);
    const result = await layerkeep(project, ["publish", "--write", "--json", "--quiet"]);
    expect(result.code).toBe(0);
    expect(target.faulted.length).toBeGreaterThan(0);
    expect(await tagsOf(`${second}/${project.id}/again`)).toEqual(before);
  },
);

test("a cache that cannot be written leaves the build green and the run loud", async () => {
  staging.decide = scripted({
    method: "PUT",
    url: /\/manifests\/cache-/,
    fault: { type: "status", status: 403 },
  });
  const summary = join(project.outside, "summary.md");
  const result = await layerkeep(project, ["build", "--write"], {
    env: { ...env, GITHUB_STEP_SUMMARY: summary },
  });
  const trouble = /core\/linux\/amd64: the cache .* was not written: .*403 Forbidden/;
  expect(result.code).toBe(0);
  expect(result.stdout).toMatch(/^core\/linux\/amd64 +built +.* NOT WRITTEN /m);
  expect(result.stderr).toMatch(trouble);
  expect(await readFile(summary, "utf8")).toMatch(
    /\| NOT WRITTEN \|[^]*- ⚠ core\/linux\/amd64: the cache/,
  );

  await using client = testClient();
  const records = await readLog(client, `${first}/${project.id}/cache:log-core-amd64`);
  expect(records).toMatchObject([
    {
      result: "built",
      cache: { written: "failed", trouble: expect.stringMatching(/403/) as string },
    },
  ]);

  const json = await layerkeep(project, ["build", "--write", "--force", "--json", "--quiet"], {
    env,
  });
  expect(json.code).toBe(0);
  expect(json.stderr).toMatch(trouble);
  expect(at(json.stdout, "legs", 0)).toMatchObject({
    cache: "failed",
    warnings: [expect.stringMatching(/the cache .* was not written/) as string],
  });
  await expect(tagLike(`${first}/${project.id}/cache`, /^cache-/)).rejects.toThrow("0 tags");
});
