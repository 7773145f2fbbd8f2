import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { RegistryClient } from "../../src/registry/client.ts";
import { anonymous } from "../../src/registry/auth/credentials.ts";
import { type FindingId, probeRegistry, type ProbeReport } from "../../src/registry/probe/probe.ts";
import { startRegistry } from "../../src/server/start.ts";
import { type Decide, startFaultProxy } from "../support/fault-proxy.ts";
import { registryKinds, startEmbedded, type TestRegistry } from "../support/registries.ts";

const options = { credentials: anonymous, sleep: () => Promise.resolve() };
const repository = (host: string) => ({ host, path: "acme/cache" });

function outcomes(report: ProbeReport): Partial<Record<FindingId, string>> {
  return Object.fromEntries(report.findings.map(({ id, outcome }) => [id, outcome]));
}

const all: Record<FindingId, string> = {
  "oci-image": "yes",
  "anonymous-read": "yes",
  "token-host": "yes",
  artifact: "yes",
  "image-manifest-cache": "yes",
  "index-cache": "yes",
  "nested-index": "yes",
  "overwrite-tag": "yes",
  "list-tags": "yes",
  mount: "yes",
  "chunked-upload": "yes",
  range: "yes",
  "conditional-read": "yes",
  referrers: "yes",
  "delete-tag": "yes",
  "delete-manifest": "yes",
};

const expected: Readonly<Record<string, typeof all>> = {
  // Debian's is 2.8, which knows neither referrers nor the deletion of a tag.
  "the CNCF registry": { ...all, referrers: "no", "delete-tag": "no" },
  "the embedded registry": all,
};

for (const kind of registryKinds) {
  describe(`probing ${kind.name}`, () => {
    let registry: TestRegistry;
    beforeAll(async () => {
      registry = await kind.start();
    });
    afterAll(() => registry[Symbol.asyncDispose]());

    it("finds out what it does, and leaves no tag behind", async () => {
      const second = { host: registry.host, path: "acme/other" };
      const report = await probeRegistry(repository(registry.host), { ...options, second });
      expect(outcomes(report)).toEqual(expected[kind.name]);
      expect(report.left).toEqual([]);
      await using client = new RegistryClient(options);
      expect(await client.listTags(repository(registry.host))).toEqual([]);
    });

    it("leaves what others have there alone", async () => {
      const kept = { host: registry.host, path: "acme/kept" };
      await using client = new RegistryClient(options);
      const mediaType = "application/vnd.oci.image.index.v1+json";
      const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, manifests: [] }));
      const standing = await client.putManifest(kept, { bytes, mediaType, tag: "v1" });
      await probeRegistry(kept, options);
      expect(await client.headManifest({ ...kept, tag: "v1" })).toEqual(standing);
      expect(await client.listTags(kept)).toEqual(["v1"]);
    });
  });
}

describe("probing a registry that can do less", () => {
  let registry: TestRegistry;
  beforeAll(async () => {
    registry = await startEmbedded();
  });
  afterAll(() => registry[Symbol.asyncDispose]());

  async function probed(decide: Decide): Promise<ProbeReport> {
    await using proxy = await startFaultProxy(registry.host, decide);
    return await probeRegistry(repository(proxy.host), options);
  }

  const refuse = (status: number, code = "UNSUPPORTED") =>
    ({
      type: "status",
      status,
      body: JSON.stringify({ errors: [{ code, message: "no" }] }),
    }) as const;

  it("says to keep caches as indexes where only those are taken", async () => {
    const report = await probed(({ method, url }) =>
      method === "PUT" && /-probe-\w+-cache$/.test(url)
        ? refuse(400, "MANIFEST_INVALID")
        : undefined,
    );
    expect(outcomes(report)).toEqual({ ...all, "image-manifest-cache": "no" });
    expect(report.verdict.settings.map(({ key, value }) => [key, value])).toEqual([
      ["cache.repository", report.repository],
      ["cache.image-manifest", "false"],
    ]);
    expect(report.findings.find(({ id }) => id === "image-manifest-cache")?.detail).toBe(
      "it returned status 400, MANIFEST_INVALID: no",
    );
  });

  it("says to keep caches in the images where neither form is taken", async () => {
    const report = await probed(({ method, url }) =>
      method === "PUT" && /-probe-\w+-(?:index-)?cache$/.test(url) ? refuse(400) : undefined,
    );
    expect(report.verdict.settings.at(-1)).toMatchObject({ key: "cache.type", value: "inline" });
  });

  it("finds no fit where tags cannot be moved", async () => {
    let puts = 0;
    const report = await probed(({ method, url }) =>
      method === "PUT" && url.endsWith("-moved") && ++puts > 1
        ? refuse(400, "TAG_INVALID")
        : undefined,
    );
    expect(outcomes(report)).toEqual({ ...all, "overwrite-tag": "no" });
    expect(report.verdict).toEqual({ fit: false, settings: [] });
  });

  it("names what it could not delete again", async () => {
    const report = await probed(({ method, url }) =>
      method === "DELETE" && url.includes("/manifests/") ? refuse(405) : undefined,
    );
    expect(outcomes(report)).toEqual({ ...all, "delete-tag": "no", "delete-manifest": "no" });
    expect(report.left.length).toBeGreaterThan(5);
    expect(report.left.filter((tag) => !/^layerkeep-probe-\w{12}-[a-z-]+$/.test(tag))).toEqual([]);
  });

  it("goes on where one check fails, and says why it does not know", async () => {
    const report = await probed(({ method, url }) =>
      method === "GET" && url.includes("/referrers/") ? refuse(503, "UNAVAILABLE") : undefined,
    );
    expect(outcomes(report)).toEqual({ ...all, referrers: "unknown" });
    expect(report.findings.find(({ id }) => id === "referrers")?.detail).toContain("503");
  });

  it("throws where not even an image can be pushed, and still cleans up", async () => {
    await using proxy = await startFaultProxy(registry.host, ({ method, url }) =>
      method === "PUT" && url.includes("/manifests/") ? refuse(403, "DENIED") : undefined,
    );
    const probing = probeRegistry(repository(proxy.host), options);
    await expect(probing).rejects.toMatchObject({
      code: "registry",
      status: 403,
      hint: "check the credentials, and whether the repository must be created first (as on ECR)",
    });
    expect(proxy.seen.filter(({ method }) => method === "DELETE").length).toBeGreaterThan(0);
  });

  it("finds out that nobody may read without a login", async () => {
    const root = await mkdtemp(join(tmpdir(), "layerkeep-probe-"));
    const auth = { user: "ci", password: "secret" };
    await using closed = await startRegistry({ root, auth });
    const credential = { kind: "basic", username: "ci", password: "secret" } as const;
    const credentials = () => Promise.resolve(credential);
    const report = await probeRegistry(repository(closed.host), { ...options, credentials });
    expect(outcomes(report)).toEqual({ ...all, "anonymous-read": "no" });
    await rm(root, { recursive: true, force: true });
  });

  it("stops on abort, and cleans up", async () => {
    const stop = new AbortController();
    const stopped = { host: registry.host, path: "acme/stopped" };
    const probing = probeRegistry(stopped, {
      ...options,
      signal: stop.signal,
      onFinding: ({ id }) => {
        if (id === "overwrite-tag") stop.abort(new Error("enough"));
      },
    });
    await expect(probing).rejects.toThrow("enough");
    await using client = new RegistryClient(options);
    expect(await client.listTags(stopped)).toEqual([]);
  });
});
