import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { cacheHome, layerkeep, startLayerkeep } from "../support/cli.ts";
import { testEngine } from "../support/engine.ts";
import { at } from "../support/json.ts";
import { type PrivateEngine, startPrivateEngine } from "../support/private-engine.ts";
import { createProject, type Project } from "../support/project.ts";
import { tagsOf } from "../support/repository-state.ts";
import { skopeoManifest } from "../support/skopeo.ts";
import { smallProject } from "../support/small-build.ts";

const { registries, baseImage, arm64 } = testEngine();
let own: PrivateEngine;
let project: Project;

beforeAll(async () => {
  own = await startPrivateEngine();
});

afterAll(() => own[Symbol.asyncDispose]());

beforeEach(() => {
  project = createProject(() => smallProject("publish: ghcr.io/acme/app\nvariants:\n  core: {}\n"));
});

afterEach(() => project[Symbol.dispose]());

const up = (...args: string[]) => layerkeep(project, ["up", ...args], { env: own.env });

describe("without a cache repository the embedded registry is used", () => {
  test("and what it holds serves the next run, at the same address", async () => {
    const first = await up("--json", "--quiet");
    expect(first.code).toBe(0);
    expect(at(first.stdout, "legs", 0)).toMatchObject({ outcome: "built", cache: "yes" });
    expect(first.stderr).toContain(
      "not publishing to ghcr.io/acme/app: outside CI, this needs --write",
    );

    const second = await up("--json", "--quiet");
    expect(at(second.stdout, "legs", 0)).toMatchObject({
      outcome: "reused",
      digest: at(first.stdout, "legs", 0, "digest"),
    });

    project.write({ src: "changed\n" });
    await own.engine.emptyCache();
    const third = await up("--json", "--quiet");
    expect(at(third.stdout, "legs", 0)).toMatchObject({
      outcome: "built",
      steps: { cached: 1, all: 3 },
    });
    const repositories = [first, second, third].map(({ stdout }) =>
      at(stdout, "published", 0, "targets", 0, "repository"),
    );
    const [repository] = repositories;
    expect(repository).toMatch(/^127\.0\.0\.1:\d+\/ghcr\.io\/acme\/app$/);
    expect(repositories).toEqual([repository, repository, repository]);
  });

  test("and skopeo reads from it what was published", async () => {
    const result = await up("--json", "--quiet");
    const root = join(cacheHome(project), "layerkeep/registry");
    const serving = startLayerkeep(project, [
      "registry",
      "serve",
      "--listen=127.0.0.1:0",
      `--root=${root}`,
      "--json",
      "--quiet",
    ]);
    const host = String(at(await serving.firstLine(), "host"));
    const tags = Object.keys(await tagsOf(`${host}/ghcr.io/acme/app`));
    const found = await skopeoManifest(`${host}/ghcr.io/acme/app:${tags[0] ?? ""}`);
    expect(found.digest).toBe(at(result.stdout, "published", 0, "digest"));
    serving.kill("SIGINT");
    expect((await serving.ended).code).toBe(0);
  });

  test("a full disk under it is told, and the next run goes on once there is space", async () => {
    const root = join(cacheHome(project), "layerkeep/registry");
    mkdirSync(root, { recursive: true });
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=600k", "layerkeep-test", root]);
    try {
      const result = await up();
      expect(result.code).toBe(3);
      expect(result.stdout).toMatch(/^core\/linux\/amd64 +failed /m);
      expect(result.stderr).toMatch(/no space left|disk is full|ENOSPC|507/i);
      expect(result.stderr).toMatch(/^hint: .*space/m);
      execFileSync("mount", ["-o", "remount,size=64m", root]);
      const again = await up("--json", "--quiet");
      expect(again.code).toBe(0);
      expect(at(again.stdout, "legs", 0, "outcome")).toBe("built");
    } finally {
      execFileSync("umount", ["--lazy", root]);
    }
  });
});

describe("in two registries", () => {
  test("skopeo finds the same digest, both platforms and the attestations", async () => {
    expect(arm64).toBe(true);
    const targets = registries.map((host) => `${host}/${project.id}/app`);
    project.write({
      "layerkeep.yml": `cache: ${registries[0]}/${project.id}/cache
defaults: { platforms: [linux/amd64, linux/arm64] }
publish:
${targets.map((repository) => `  - { repository: ${repository}, tags: ["type=raw,value=1", "type=raw,value=stable"] }\n`).join("")}variants:
  core: {}
  bare: { provenance: "false", platforms: linux/amd64 }
`,
      Dockerfile: `FROM ${baseImage.reference}\nRUN echo $(uname -m) > /arch\n`,
    });
    const result = await up("--write", "--json", "--quiet");
    expect(result).toMatchObject({ code: 0, stderr: "" });
    const tags = await Promise.all(targets.map(tagsOf));
    const digest = at(result.stdout, "published", 0, "digest");
    const bare = at(result.stdout, "published", 1, "digest");
    const expected = { "1": digest, "1-bare": bare, stable: digest, "stable-bare": bare };
    expect(tags).toEqual([expected, expected]);
    for (const target of targets) {
      const found = await skopeoManifest(`${target}:stable`);
      expect(found.digest).toBe(digest);
      expect(found.manifest).toMatchObject({
        mediaType: "application/vnd.oci.image.index.v1+json",
        content: {
          manifests: [
            { platform: { os: "linux", architecture: "amd64" } },
            { platform: { os: "linux", architecture: "arm64" } },
            { annotations: { "vnd.docker.reference.type": "attestation-manifest" } },
            { annotations: { "vnd.docker.reference.type": "attestation-manifest" } },
          ],
        },
      });
      expect((await skopeoManifest(`${target}:1-bare`)).manifest).toMatchObject({
        mediaType: "application/vnd.oci.image.index.v1+json",
        content: {
          manifests: [
            {
              mediaType: "application/vnd.oci.image.manifest.v1+json",
              platform: { os: "linux", architecture: "amd64" },
            },
          ],
        },
      });
    }
    const again = await up("--write", "--json", "--quiet");
    expect(again).toMatchObject({ code: 0, stderr: "" });
    expect(await Promise.all(targets.map(tagsOf))).toEqual([expected, expected]);
  });

  test("a variant whose leg failed is not published, and the others are", async () => {
    const repository = `${registries[1]}/${project.id}/app`;
    project.write({
      "layerkeep.yml": `cache: ${registries[0]}/${project.id}/cache
publish: { repository: ${repository}, tags: ["type=raw,value=1"] }
variants:
  good: {}
  bad: { dockerfile: bad.Dockerfile }
`,
      "bad.Dockerfile": `FROM ${baseImage.reference}\nRUN exit 7\n`,
    });
    const result = await up("--write");
    expect(result.code).toBe(1);
    expect(result.stderr).toContain("bad was not published: bad/linux/amd64 failed\n");
    expect(Object.keys(await tagsOf(repository))).toEqual(["1-good"]);
  });
});
