import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { run } from "../../scripts/engine/run.ts";
import { execOk, exec } from "../../src/exec.ts";
import { type Digest, isDigest } from "../../src/oci/digest.ts";
import { buildChecked } from "../../src/pipeline/build/build-checked.ts";
import { createContentMemory } from "../../src/inputs/files/content-memory.ts";
import { makePlan } from "../../src/plan/make-plan.ts";
import { createInputCheck } from "../../src/plan/recheck.ts";
import { decideTrust } from "../../src/trust/trust.ts";
import { configOf, contextOf, noClaims, variantOf } from "../support/configs.ts";
import { planOptionsOf, planServicesOf } from "../support/plans.ts";
import { testEngine } from "../support/engine.ts";
import { type PrivateEngine, startPrivateEngine } from "../support/private-engine.ts";
import { fileIn } from "../support/staged-files.ts";

// Only an image of Docker Hub can have the name that a stage has: an engine of its own takes its
// images from a mirror. A pin that is a named context would take the place of such a stage.

const { registries, baseImage, buildx, env: shared } = testEngine();
const [registry] = registries;
let mirrored: PrivateEngine;
let digest: Digest;
let dir: string;

beforeAll(async () => {
  mirrored = await startPrivateEngine({ "registry-mirrors": [`http://${registry}`] });
  digest = await pushComposer();
});
afterAll(() => mirrored[Symbol.asyncDispose]());
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "layerkeep-stages-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

async function pushComposer(): Promise<Digest> {
  const folder = mkdtempSync(join(tmpdir(), "layerkeep-composer-"));
  try {
    writeFileSync(
      join(folder, "Dockerfile"),
      `FROM ${baseImage.reference}\nRUN echo base > /from\n`,
    );
    const name = `${registry}/library/composer`;
    const tags = ["--tag", `${name}:latest`, "--tag", `${name}:2`];
    await execOk(exec, [buildx, "build", "--push", ...tags, folder], {
      env: shared,
      purpose: "push",
    });
    const source = `docker://${name}:latest`;
    const argv = [
      "skopeo",
      "inspect",
      "--tls-verify=false",
      "--format={{.Digest}}",
      source,
    ] as const;
    const found = (await run([...argv], { purpose: "reading a digest", env: shared })).trim();
    if (!isDigest(found)) throw new Error(found);
    return found;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Builds a Dockerfile with every image pinned to composer's digest, and reads a file of the result. */
async function built(dockerfile: string, path: string): Promise<string | undefined> {
  const id = dir.slice(-6).toLowerCase();
  mkdirSync(join(dir, "ctx"));
  writeFileSync(join(dir, "Dockerfile"), dockerfile);
  const cacheRepository = `${registry}/stages-${id}/cache`;
  const config = configOf({ root: dir, variants: [variantOf("app", { context: "ctx" })] });
  const context = contextOf({ provider: "git", event: "local" });
  const trust = decideTrust(context, { claims: noClaims, outside: {}, write: true });
  const plan = await makePlan(
    config,
    context,
    planOptionsOf({ trust, cacheRepository }),
    planServicesOf(digest),
  );
  const [leg] = plan.legs;
  if (leg?.staged === undefined || leg.staged === null) throw new Error("no leg");
  expect(leg.unpinned).toEqual([]);
  const name = leg.staged.newest;
  const env = { ...shared, ...mirrored.env };
  await buildChecked(
    { ...plan, cacheRepository },
    { ...leg, cache: { from: [], to: [] } },
    { type: "image", name, insecure: true, annotations: {} },
    {
      root: dir,
      env,
      buildx: { path: buildx, env, exec },
      builder: "default",
      check: createInputCheck(plan, { root: dir, memory: createContentMemory() }),
    },
  );
  return fileIn(name, path);
}

test.each([
  ["the image's name and tag", "FROM composer:latest AS composer", "composer"],
  ["the image's name", "FROM composer AS composer", "composer"],
  ["the image's name with its host", "FROM docker.io/library/composer AS composer", "composer"],
  ["the image's name, of another tag", "FROM composer:2 AS composer", "composer"],
  ["the image's name in upper case", "FROM composer AS COMPOSER", "composer"],
])("a stage that has %s runs its instructions", async (_, from, copied) => {
  const copy = `COPY --from=${copied} /added /from /out/`;
  const text = `${from}\nRUN echo stage > /added\nFROM composer:2\n${copy}\n`;
  expect(await built(text, "out/added")).toBe("stage\n");
});

test("a last stage that has its image's name is not the bare image", async () => {
  expect(await built("FROM composer AS composer\nRUN echo stage > /added\n", "added")).toBe(
    "stage\n",
  );
});

test("a stage by its number, and a digest that is written already", async () => {
  const text = `FROM composer:latest@${digest} AS composer\nRUN echo stage > /added\nFROM composer\nCOPY --from=0 /added /number\n`;
  expect(await built(text, "number")).toBe("stage\n");
});

test("an image that is copied from, although a later stage has its name", async () => {
  const text =
    "FROM composer:2 AS first\nCOPY --from=composer:latest /from /image\nFROM first AS composer\nRUN echo stage > /added\nFROM first\nCOPY --from=composer /added /added\n";
  expect(await built(text, "image")).toBe("base\n");
});
