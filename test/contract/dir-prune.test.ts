import { randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findExact, listCaches } from "../../src/dir/stored/find-cache.ts";
import {
  chooseDirRemovals,
  type DirRetention,
} from "../../src/pipeline/caches/choose-dir-removals.ts";
import { removeTags } from "../../src/pipeline/caches/remove-tags.ts";
import { type SurveyedTag, surveyRepository } from "../../src/pipeline/caches/survey.ts";
import { anonymous } from "../../src/registry/auth/credentials.ts";
import { createTransport } from "../../src/registry/client.ts";
import { OciRemover } from "../../src/registry/deletion/oci.ts";
import { type DirBed, openDirBed } from "../support/dir-caches.ts";
import { describeFolder } from "../support/directories.ts";
import { registryKinds, type TestRegistry } from "../support/registries.ts";

/** What pruning leaves of directory caches in every registry. */

const rules: DirRetention = {
  olderThan: undefined,
  keepLast: undefined,
  maxSize: undefined,
  grace: 0,
};

describe.each(registryKinds)("in $name", ({ start }) => {
  let registry: TestRegistry;
  let bed: DirBed;

  beforeEach(async () => {
    registry = await start();
    bed = openDirBed(registry.host);
    mkdirSync(join(bed.root, "a"));
    writeFileSync(join(bed.root, "a/same"), randomBytes(1_000_000));
  });
  afterEach(async () => {
    await bed[Symbol.asyncDispose]();
    await registry[Symbol.asyncDispose]();
  });

  const survey = () => surveyRepository(bed.storage.client, bed.storage.repository);
  const remove = async (tags: readonly SurveyedTag[], policy: Partial<DirRetention>) => {
    const { client, repository } = bed.storage;
    const removals = chooseDirRemovals(tags, { ...rules, ...policy }, Date.now() + 60_000);
    const transport = createTransport({ credentials: anonymous });
    try {
      return await removeTags(client, new OciRemover(transport), repository, removals);
    } finally {
      transport.close();
    }
  };
  const keys = async () => (await listCaches(bed.storage)).map(({ key }) => key);
  const save = async (key: string, content: string | Buffer) => {
    writeFileSync(join(bed.root, "a/other"), content);
    return bed.save("a", key, { family: "npm-" });
  };

  it("what stays of caches that share packs and manifests is whole", async () => {
    await save("npm-1", "one");
    const { manifest } = await save("npm-2", "two");
    // The same tree under another key.
    await bed.save("a", "npm-3", { family: "npm-" });
    expect(await remove(await survey(), { keepLast: 1 })).toMatchObject({
      deleted: ["dir-npm-1", "dir-npm-2"],
      refused: [],
      manifests: 1,
    });
    expect(await keys()).toEqual(["npm-3"]);
    expect((await bed.restore("b", "npm-3"))?.key).toBe("npm-3");
    expect(describeFolder(join(bed.root, "b"))).toEqual(describeFolder(join(bed.root, "a")));
    const { client, repository } = bed.storage;
    expect(await client.headManifest({ ...repository, digest: manifest })).toBeDefined();
  });

  it("the least recently saved are deleted until the rest fits", async () => {
    // All have the pack of the first, of 1.2 MB, and the others one of 200 kB.
    for (const key of ["npm-1", "npm-2", "npm-3"]) await save(key, randomBytes(200_000));
    await remove(await survey(), { maxSize: 1_610_000 });
    expect(await keys()).toEqual(["npm-3", "npm-2", "npm-1"]);
    await remove(await survey(), { maxSize: 1_500_000 });
    expect(await keys()).toEqual(["npm-3"]);
    await bed.restore("b", "npm-3");
    expect(describeFolder(join(bed.root, "b"))).toEqual(describeFolder(join(bed.root, "a")));
  });

  it("a cache that is saved again while the command runs is kept", async () => {
    await save("npm-1", "one");
    const tags = await survey();
    await save("npm-1", "two");
    expect(await remove(tags, { olderThan: 0 })).toMatchObject({
      deleted: [],
      refused: [{ tag: "dir-npm-1", reason: "it was written while the command ran" }],
    });
    expect(await findExact(bed.storage, "npm-1")).toMatchObject({ key: "npm-1", family: "npm-" });
    await bed.restore("b", "npm-1");
    expect(describeFolder(join(bed.root, "b"))).toEqual(describeFolder(join(bed.root, "a")));
  });
});
