import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { readLog } from "../../src/pipeline/records/build-log.ts";
import { parseReference, parseRepository } from "../../src/oci/reference.ts";
import { layerkeep, startLayerkeep } from "../support/cli.ts";
import { testEngine } from "../support/engine.ts";
import { scripted, startFaultProxy } from "../support/fault-proxy.ts";
import { at } from "../support/json.ts";
import { processesWith } from "../support/processes.ts";
import { createProject, type Project } from "../support/project.ts";
import { tagLike, tagsOf, testClient } from "../support/repository-state.ts";
import { engineEnv, smallProject } from "../support/small-build.ts";

const env = engineEnv();
const {
  registries: [registry],
  baseImage,
  remoteBuilder,
} = testEngine();
let project: Project;
let cache: string;

beforeEach(() => {
  project = createProject((id) => {
    cache = `${registry}/${id}/cache`;
    return smallProject(`cache: ${cache}\nvariants:\n  core: {}\n`);
  });
});

afterEach(() => project[Symbol.dispose]());

const build = (...args: string[]) => layerkeep(project, ["build", "--write", ...args], { env });
const stagedTag = /^leg-core-amd64-[0-9a-f]{40}$/;

describe("a failed step", () => {
  beforeEach(() => {
    project.write({
      "layerkeep.yml": `cache: ${cache}
variants:
  good: {}
  bad: { dockerfile: bad.Dockerfile }
`,
      "bad.Dockerfile": `FROM ${baseImage.reference}
RUN for i in 1 2 3; do echo "line $i" >&2; done; \\
  printf '::set-output name=x::y\\n##[error]no\\n\\033[31mred\\033[0m\\n\\033]0;title\\007end\\n' >&2; exit 7
`,
    });
  });

  test("is told with the end of its log, the other legs go on, and the exit code is 1", async () => {
    const result = await build("--jobs=1");
    expect(result.code).toBe(1);
    expect(result.stdout).toMatch(/^good\/linux\/amd64 +built /m);
    expect(result.stdout).toMatch(/^bad\/linux\/amd64 +failed .*exit code: 7$/m);
    expect(result.stdout).toMatch(/\n1 built, 1 failed in \d+\.\d s\n/);
    const failure = result.stderr.slice(result.stderr.indexOf("bad/linux/amd64 failed"));
    expect(failure).toContain(
      "  | line 1\n  | line 2\n  | line 3\n  | : :set-output name=x::y\n  | # #[error]no\n  | red\n  | end\n",
    );
  });

  test("makes what it printed harmless wherever it is shown", async () => {
    const { stdout, stderr } = await build();
    const shown = stdout + stderr;
    expect(shown).not.toMatch(/\u001b|\u0007/);
    expect(shown).not.toMatch(/^\s*::/m);
    expect(shown).not.toContain("##[");
  });

  test("is in the leg's log, and the leg is built once its cause is gone", async () => {
    await build("bad");
    await using client = testClient();
    expect(await readLog(client, `${cache}:log-bad-amd64`)).toMatchObject([
      {
        leg: "bad/linux/amd64",
        result: "failed",
        digest: null,
        commit: project.git("rev-parse", "HEAD"),
        failure: { error: expect.stringMatching(/exit code: 7$/) as string },
      },
    ]);
    project.write({ "bad.Dockerfile": `FROM ${baseImage.reference}\nRUN true\n` });
    expect(await build("bad")).toMatchObject({ code: 0 });
    expect((await readLog(client, `${cache}:log-bad-amd64`)).map(({ result }) => result)).toEqual([
      "failed",
      "built",
    ]);
  });
});

describe("the first writer wins", () => {
  test("of two runs that build the same leg at once; both end well with one staged digest", async () => {
    const both = await Promise.all([build("--json", "--quiet"), build("--json", "--quiet")]);
    expect(both.map(({ code }) => code)).toEqual([0, 0]);
    const { digest } = await tagLike(cache, stagedTag);
    expect(both.map(({ stdout }) => at(stdout, "legs", 0, "digest"))).toEqual([digest, digest]);
    expect(at((await build("--json", "--quiet")).stdout, "legs", 0)).toMatchObject({
      outcome: "reused",
      digest,
    });
  });

  test("also when the other run stages while this one is pushing", async () => {
    await using proxy = await startFaultProxy(
      registry,
      scripted({
        method: "PUT",
        url: /\/manifests\/leg-core-amd64$/,
        fault: { type: "delay", milliseconds: 4000 },
      }),
    );
    project.write({
      "layerkeep.yml": `vars: { HOST: "${registry}" }
cache: \${HOST}/${project.id}/cache
variants:
  core: {}
`,
    });
    const slow = build("--json", "--quiet", `--var=HOST=${proxy.host}`);
    await vi.waitFor(() => expect(proxy.faulted).toHaveLength(1), { timeout: 30_000 });
    const quick = await build("--json", "--quiet");
    const { digest } = await tagLike(cache, stagedTag);
    expect(at(quick.stdout, "legs", 0)).toMatchObject({ outcome: "built", digest });
    expect(at((await slow).stdout, "legs", 0)).toMatchObject({
      outcome: "built",
      reason: "another run staged it first, so that run's image is used",
      digest,
    });
    expect(await tagLike(cache, stagedTag)).toMatchObject({ digest });
  });

  test("a leg that is staged is not built again, and its bytes stay", async () => {
    const first = await build("--json", "--quiet");
    const standing = await tagsOf(cache);
    const second = await build("--json", "--quiet");
    expect(at(second.stdout, "legs", 0)).toMatchObject({
      outcome: "reused",
      reason: "staged with the same inputs",
      digest: at(first.stdout, "legs", 0, "digest"),
    });
    expect(await tagsOf(cache)).toEqual(standing);
  });

  test("but --force builds again and takes its place", async () => {
    await build();
    const before = await tagLike(cache, stagedTag);
    const forced = await build("--json", "--quiet", "--force", "core");
    expect(at(forced.stdout, "legs", 0)).toMatchObject({
      outcome: "built",
      reason: "--force was given",
    });
    const after = await tagLike(cache, stagedTag);
    expect(after.digest).not.toBe(before.digest);
    expect(at(forced.stdout, "legs", 0, "digest")).toBe(after.digest);
  });
});

describe("what an earlier run left", () => {
  test("does not count where it died between the push and the staging: it is built again from its cache", async () => {
    await build();
    const staged = await tagLike(cache, stagedTag);
    // As if the run had died: the newest build is there, its staged tag is not.
    await deleteTag(staged.tag);
    const second = await build("--json", "--quiet");
    expect(at(second.stdout, "legs", 0)).toMatchObject({
      outcome: "built",
      steps: { cached: 3, all: 3 },
    });
    const { digest } = await tagLike(cache, stagedTag);
    expect(at(second.stdout, "legs", 0, "digest")).toBe(digest);
  });

  test("does not count as staged where a part of it is gone", async () => {
    await build();
    const { tag } = await tagLike(cache, stagedTag);
    await using client = testClient();
    const repository = parseRepository(cache);
    const index = await client.getManifest({ ...repository, tag });
    const [child] = index?.manifest.kind === "index" ? index.manifest.content.manifests : [];
    if (child === undefined) throw new Error("the leg is no index");
    await client.deleteManifest(repository, child.digest);

    const planned = await layerkeep(project, ["plan", "--json", "--quiet"], { env });
    expect(at(planned.stdout, "legs", 0)).toMatchObject({
      action: "build",
      reason: expect.stringContaining(`${cache}:${tag} is missing ${child.digest}`) as string,
    });
    const again = await build("--json", "--quiet");
    expect(again.code).toBe(0);
    expect(at(again.stdout, "legs", 0, "outcome")).toBe("built");
    expect(
      at(
        (await layerkeep(project, ["plan", "--json", "--quiet"], { env })).stdout,
        "legs",
        0,
        "action",
      ),
    ).toBe("reuse");
  });

  /** The CNCF registry deletes by digest alone, and the newest build must stay. */
  async function deleteTag(tag: string): Promise<void> {
    await using client = testClient();
    const repository = parseRepository(cache);
    const empty = JSON.stringify({ schemaVersion: 2, mediaType: index, manifests: [] });
    const put = { bytes: Buffer.from(empty), mediaType: index, tag };
    const { digest } = await client.putManifest(repository, put);
    await client.deleteManifest(repository, digest);
  }
  const index = "application/vnd.oci.image.index.v1+json";
});

describe("Ctrl-C", () => {
  test("in the middle stops the builds, says what is staged, and exits with 130", async () => {
    project.write({
      "layerkeep.yml": `cache: ${cache}
variants:
  quick: {}
  slow: { dockerfile: slow.Dockerfile }
`,
      "slow.Dockerfile": `FROM ${baseImage.reference}\nRUN echo ${project.id}; sleep 60\n`,
      ".dockerignore": ".git\n*.yml\n*.Dockerfile\n",
    });
    const running = startLayerkeep(project, ["build", "--write", "--jobs=1"], { env });
    await running.saysOnStderr(/slow\/linux\/amd64 \| .*sleep 60/);
    running.kill("SIGINT");
    const result = await running.ended;
    expect(result.code).toBe(130);
    expect(result.stderr).toMatch(
      /interrupted by SIGINT: 1 of 2 legs staged, to be reused \(built: quick\/linux\/amd64\). Run the same command again to continue\n$/,
    );
    expect(await processesWith(project.dir)).toEqual([]);
    expect(
      Object.keys(await tagsOf(cache)).filter((tag) => tag.startsWith("leg-quick-")),
    ).toHaveLength(2);

    project.write({ "slow.Dockerfile": `FROM ${baseImage.reference}\nRUN true\n` });
    const again = await build("--json", "--quiet");
    expect(again.code).toBe(0);
    expect([
      at(again.stdout, "legs", 0, "outcome"),
      at(again.stdout, "legs", 1, "outcome"),
    ]).toEqual(["reused", "built"]);
  });
});

describe("secrets", () => {
  test("reach the step, and neither an argument list, nor a log, nor a record", async () => {
    const value = "s3cr3t-value-of-the-test";
    project.write({
      "layerkeep.yml": `cache: ${cache}
variants:
  core: { secrets: ["id=token,env=TOKEN"] }
`,
      Dockerfile: `FROM ${baseImage.reference}
RUN --mount=type=secret,id=token echo ${project.id} && wc -c < /run/secrets/token && sleep 2
`,
    });
    const running = startLayerkeep(project, ["build", "--write", "--json", "--quiet"], {
      env: { ...env, TOKEN: value },
    });
    const seen: string[] = [];
    const watching = setInterval(() => {
      void processesWith(value).then((found) => seen.push(...found));
    }, 100);
    const result = await running.ended;
    clearInterval(watching);
    expect(result.code).toBe(0);
    expect(seen).toEqual([]);
    expect(result.stdout + result.stderr).not.toContain(value);
    await using client = testClient();
    const records = await readLog(client, `${cache}:log-core-amd64`);
    expect(JSON.stringify(records)).not.toContain(value);
    expect(records).toHaveLength(1);
  });
});

describe("drivers", () => {
  test.each(["default", remoteBuilder])(
    "the builder %s builds and stages a leg with its attestation",
    async (builder) => {
      const result = await build("--json", "--quiet", `--builder=${builder}`);
      expect(result).toMatchObject({ code: 0, stderr: "" });
      expect(at(result.stdout, "legs", 0)).toMatchObject({ outcome: "built", cache: "yes" });
      await using client = testClient();
      const { tag } = await tagLike(cache, stagedTag);
      const found = await client.getManifest(parseReference(`${cache}:${tag}`));
      expect(found?.manifest).toMatchObject({
        kind: "index",
        mediaType: "application/vnd.oci.image.index.v1+json",
        content: {
          manifests: [
            { platform: { os: "linux", architecture: "amd64" } },
            { annotations: { "vnd.docker.reference.type": "attestation-manifest" } },
          ],
        },
      });
    },
  );

  test("BUILDX_BUILDER and the config's builder for the platform are used", async () => {
    const missing = await layerkeep(project, ["build", "--write"], {
      env: { ...env, BUILDX_BUILDER: "nobody" },
    });
    expect(missing).toMatchObject({ code: 3, stdout: "" });
    expect(missing.stderr).toBe(
      'error: builder "nobody" did not respond: no builder "nobody" found (run `docker buildx create --name nobody`, or choose another builder with builders: or BUILDX_BUILDER)\n',
    );
    project.write({
      "layerkeep.yml": `cache: ${cache}\nbuilders: { linux/amd64: ${remoteBuilder} }\nvariants:\n  core: {}\n`,
    });
    const result = await layerkeep(project, ["build", "--write"], {
      env: { ...env, BUILDX_BUILDER: "nobody" },
    });
    expect(result.code).toBe(0);
  });
});

describe("what a builder cannot do is told before anything is built, and exits with 3", () => {
  test.each<[string, string, RegExp]>([
    [
      "a platform that it does not run",
      "variants:\n  core: { platforms: [linux/s390x] }\n",
      /core\/linux\/s390x: builder "default" does not support linux\/s390x \(it supports .*\). Set a builder that supports it in builders:, or install emulation/,
    ],
    [
      "type=gha without its environment",
      "variants:\n  core: {}\n#type: gha\n",
      /cache type gha needs ACTIONS_RUNTIME_TOKEN and ACTIONS_RESULTS_URL .*To set them for `run:` steps/,
    ],
    [
      "s3 with Docker's own driver",
      "variants:\n  core: {}\n#type: s3, bucket: b, region: r\n",
      /builder "default" \(driver docker\) cannot export a cache of type s3: Docker's own builder never does\. Create a builder that can/,
    ],
  ])("%s", async (_, text, expected) => {
    const options = /#(.*)/.exec(text)?.[1];
    const head =
      options === undefined ? `cache: ${cache}` : `cache: { repository: ${cache}, ${options} }`;
    project.write({ "layerkeep.yml": `${head}\n${text}` });
    const result = await build();
    expect(result).toMatchObject({ code: 3, stdout: "" });
    expect(result.stderr).toMatch(expected);
    expect(await tagsOf(cache)).toEqual({});
  });

  test("no engine at all", async () => {
    const result = await layerkeep(project, ["build", "--write"], {
      env: { ...env, DOCKER_HOST: "unix:///nonexistent/docker.sock" },
    });
    expect(result).toMatchObject({ code: 3, stdout: "" });
    expect(result.stderr).toMatch(/did not respond: .*\/nonexistent\/docker\.sock.*\(start Docker/);
  });
});

test("--dry-run and --json say what would be built and build nothing", async () => {
  const result = await build("--dry-run", "--json", "--quiet");
  expect(result).toMatchObject({ code: 0, stderr: "" });
  expect(at(result.stdout, "legs", 0)).toMatchObject({ id: "core/linux/amd64", action: "build" });
  expect(await tagsOf(cache)).toEqual({});
});

test("a local run without --write reads the cache repository and keeps its record here", async () => {
  const result = await layerkeep(project, ["build", "--json", "--quiet"], { env });
  expect(result.code).toBe(0);
  expect(at(result.stdout, "legs", 0)).toMatchObject({
    outcome: "checked",
    digest: null,
  });
  expect(await tagsOf(cache)).toEqual({});
  expect(await readdir(join(project.outside, "cache/layerkeep/records"))).toHaveLength(1);
});
