import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { UsageError } from "../../src/errors.ts";
import { digestOf } from "../../src/oci/digest.ts";
import { mediaTypes } from "../../src/oci/media-types.ts";
import { parseReference, parseRepository, type Repository } from "../../src/oci/reference.ts";
import {
  type PublishEvent,
  type PublishOptions,
  type PublishResult,
  publishVariants,
} from "../../src/pipeline/publish/publish-variants.ts";
import { RegistryClient } from "../../src/registry/client.ts";
import { anonymous } from "../../src/registry/auth/credentials.ts";
import { pushImage } from "../support/images.ts";
import { planOf, type PlanSketch } from "../support/plans.ts";
import { registryKinds, type TestRegistry } from "../support/registries.ts";

interface Kind {
  readonly docker: boolean;
  readonly bare: boolean;
  readonly artifact: boolean;
}

for (const kind of registryKinds) {
  describe(`publishing to ${kind.name}`, () => {
    let a: TestRegistry;
    let b: TestRegistry;
    let client: RegistryClient;
    let count = 0;

    beforeAll(async () => {
      [a, b] = await Promise.all([kind.start(), kind.start()]);
      client = new RegistryClient({ credentials: anonymous, sleep: () => Promise.resolve() });
    });

    afterAll(async () => {
      await client[Symbol.asyncDispose]();
      await a[Symbol.asyncDispose]();
      await b[Symbol.asyncDispose]();
    });

    /** A variant `app` staged for two platforms, with targets in both registries. */
    async function staged(sketch: Partial<PlanSketch> & Partial<Kind> = {}) {
      const name = `case${count++}`;
      const cache = { host: a.host, path: `${name}/cache` };
      const targets = [`${a.host}/${name}/app`, `${b.host}/${name}/app`];
      const plan = planOf({ cache, targets, platforms: ["linux/amd64", "linux/arm64"], ...sketch });
      const images = await Promise.all(
        plan.legs.map((leg) =>
          pushImage(client, {
            repository: cache,
            platform: leg.platform,
            tag: parseReference(leg.staged?.leg ?? "").tag ?? "",
            layers: [
              { seed: `${name} shared`, size: 40_000 },
              { seed: `${name} ${leg.id}`, size: 300_000 },
            ],
            annotations: { "org.layerkeep.input": leg.input.digest },
            docker: sketch.docker === true,
            bare: sketch.bare === true,
            artifact: sketch.artifact === true,
          }),
        ),
      );
      return { plan, images, cache, targets: targets.map((target) => parseRepository(target)) };
    }

    const publish = (
      plan: Parameters<typeof publishVariants>[0],
      options: Partial<PublishOptions> = {},
    ) =>
      publishVariants(plan, {
        client,
        ancestry: () => Promise.resolve("unknown"),
        onEvent: () => undefined,
        ...options,
      });

    const tagOf = async (target: Repository | undefined, tag: string) => {
      if (target === undefined) throw new Error("no target");
      return client.getManifest({ ...target, tag });
    };

    it("joins the legs and their attestations into one OCI index, the same in both registries", async () => {
      const { plan, images, targets } = await staged();
      const [result] = await publish(plan);
      expect(result?.error).toBeUndefined();
      const standing = await Promise.all(targets.map((target) => tagOf(target, "1.0.0")));
      expect(standing.map((s) => s?.descriptor.digest)).toEqual([result?.digest, result?.digest]);
      const manifest = standing[1]?.manifest;
      expect(manifest?.mediaType).toBe(mediaTypes.ociIndex);
      expect(manifest?.content.annotations).toEqual(plan.variants[0]?.targets[0]?.annotations);
      const children = manifest?.kind === "index" ? manifest.content.manifests : [];
      expect(
        children.map(({ platform, digest, annotations }) => ({
          platform: `${platform?.os ?? ""}/${platform?.architecture ?? ""}`,
          subject: annotations?.["vnd.docker.reference.digest"] ?? digest,
          type: annotations?.["vnd.docker.reference.type"],
        })),
      ).toEqual([
        { platform: "linux/amd64", subject: images[0]?.image.digest, type: undefined },
        { platform: "linux/arm64", subject: images[1]?.image.digest, type: undefined },
        {
          platform: "unknown/unknown",
          subject: images[0]?.image.digest,
          type: "attestation-manifest",
        },
        {
          platform: "unknown/unknown",
          subject: images[1]?.image.digest,
          type: "attestation-manifest",
        },
      ]);
    });

    it("brings every manifest and blob, mounted in the one registry and sent to the other", async () => {
      const { plan, images, targets } = await staged();
      const [result] = await publish(plan);
      // Two configs, a shared layer and one each; of the attestations, two statements and configs.
      expect(result?.targets.map((t) => [t.blobsMounted, t.blobsCopied])).toEqual([
        [9, 0],
        [0, 9],
      ]);
      for (const target of targets) {
        for (const { image, layers } of images) {
          expect(await client.headManifest({ ...target, digest: image.digest })).toEqual(image);
          for (const { digest, size } of layers) {
            expect(await client.headBlob(target, digest)).toEqual({ size });
          }
        }
      }
    });

    it("writes nothing the second time", async () => {
      const { plan } = await staged();
      await publish(plan);
      const events: PublishEvent[] = [];
      const [again] = await publish(plan, { onEvent: (event) => events.push(event) });
      expect(
        again?.targets.flatMap(({ tags }) => tags.map(({ moved, reason }) => [moved, reason])),
      ).toEqual([
        [false, "the tag is up to date"],
        [false, "the tag is up to date"],
      ]);
      expect(events.filter(({ kind }) => kind === "blob")).toEqual([]);
    });

    it("brings back a child that is gone from under a tag that exists", async () => {
      const { plan, images, targets } = await staged();
      await publish(plan);
      const [first, target] = [images[0], targets[1]];
      if (first === undefined || target === undefined) throw new Error("nothing staged");
      await client.deleteManifest(target, first.image.digest);
      const [again] = await publish(plan);
      expect(again?.error).toBeUndefined();
      expect(await client.headManifest({ ...target, digest: first.image.digest })).toEqual(
        first.image,
      );
    });

    it("takes legs in Docker's media types, and still writes an OCI index", async () => {
      const { plan, images, targets } = await staged({ docker: true });
      const [result] = await publish(plan);
      expect(result?.error).toBeUndefined();
      const manifest = (await tagOf(targets[1], "1.0.0"))?.manifest;
      const children = manifest?.kind === "index" ? manifest.content.manifests : [];
      expect(manifest?.mediaType).toBe(mediaTypes.ociIndex);
      expect(children.slice(0, 2).map(({ mediaType, digest }) => [mediaType, digest])).toEqual(
        images.map(({ image }) => [mediaTypes.dockerManifest, image.digest]),
      );
    });

    it("brings attestations that are artifacts with a subject, and writes no tags for them", async () => {
      const { plan, images, targets } = await staged({ artifact: true });
      const [result] = await publish(plan);
      expect(result?.error).toBeUndefined();
      for (const target of targets) {
        expect(await client.listTags(target)).toEqual(["1.0.0"]);
        const manifest = (await tagOf(target, "1.0.0"))?.manifest;
        const children = manifest?.kind === "index" ? manifest.content.manifests : [];
        const attestations = await Promise.all(
          children
            .slice(2)
            .map(async ({ digest }) => (await client.getManifest({ ...target, digest }))?.manifest),
        );
        expect(attestations.map((found) => found?.content.subject?.digest)).toEqual(
          images.map(({ image }) => image.digest),
        );
      }
    });

    it("reads the platform of a leg without an index from its config", async () => {
      const { plan, targets } = await staged({
        bare: true,
        platforms: ["linux/arm/v7", "linux/amd64"],
      });
      const [result] = await publish(plan);
      expect(result?.error).toBeUndefined();
      const manifest = (await tagOf(targets[0], "1.0.0"))?.manifest;
      const children = manifest?.kind === "index" ? manifest.content.manifests : [];
      expect(children.map(({ platform }) => platform)).toEqual([
        { os: "linux", architecture: "arm", variant: "v7" },
        { os: "linux", architecture: "amd64" },
      ]);
    });

    it("publishes the image itself where the shape is a manifest", async () => {
      const { plan, images, targets } = await staged({
        shape: "manifest",
        platforms: ["linux/amd64"],
      });
      const [result] = await publish(plan);
      expect(result?.error).toBeUndefined();
      expect((await tagOf(targets[1], "1.0.0"))?.descriptor).toEqual(images[0]?.image);
    });

    it("refuses a single manifest of two platforms", async () => {
      const { plan } = await staged({ shape: "manifest" });
      const [result] = await publish(plan);
      expect(result?.error).toBeInstanceOf(UsageError);
    });

    it("names a leg that is not staged, and moves no tag", async () => {
      const { plan, cache, targets } = await staged();
      const leg = plan.legs[1];
      const digest = (await client.headManifest(parseReference(leg?.staged?.leg ?? "")))?.digest;
      await client.deleteManifest(cache, digest ?? "");
      const [result] = await publish(plan);
      expect(result?.error?.message).toContain("leg app/linux/arm64 is not staged");
      expect(result?.error).toMatchObject({ hint: "build it: layerkeep build app/linux/arm64" });
      expect(await tagOf(targets[0], "1.0.0")).toBeUndefined();
    });

    it("refuses a leg that was built from other inputs", async () => {
      const { plan } = await staged();
      const legs = plan.legs.map((leg) => ({
        ...leg,
        input: { ...leg.input, digest: digestOf("other") },
      }));
      const [result] = await publish({ ...plan, legs });
      expect(result?.error?.message).toContain("was built from different inputs");
    });

    it("names a leg whose image was deleted from under its tag, and how to build it again", async () => {
      const { plan, images, cache, targets } = await staged();
      await client.deleteManifest(cache, images[0]?.image.digest ?? "");
      const [result] = await publish(plan);
      expect(result?.error).toMatchObject({
        code: "registry",
        legs: ["app/linux/amd64"],
        message: `leg app/linux/amd64 cannot be published: ${plan.legs[0]?.staged?.leg ?? ""} is missing ${images[0]?.image.digest ?? ""}`,
        hint: "build it again: layerkeep build --force app/linux/amd64",
      });
      expect(await tagOf(targets[0], "1.0.0")).toBeUndefined();
    });

    it("refuses a leg that does not carry its input digest", async () => {
      const { plan, images, cache } = await staged({ platforms: ["linux/amd64"] });
      const { digest } = images[0]?.index ?? never();
      const unnamed = await client.getManifest({ ...cache, digest });
      const content = { ...unnamed?.manifest.content, annotations: {} };
      const { tag } = parseReference(plan.legs[0]?.staged?.leg ?? "");
      const bytes = Buffer.from(JSON.stringify(content));
      await client.putManifest(cache, { bytes, mediaType: mediaTypes.ociIndex, tag });
      const [result] = await publish(plan);
      expect(result?.error).toMatchObject({
        legs: ["app/linux/amd64"],
        message: expect.stringMatching(/ has no input digest$/) as string,
      });
    });

    it.each([
      ["one leg's own layer", 1, ["app/linux/arm64"]],
      ["a layer that both share", 0, ["app/linux/amd64", "app/linux/arm64"]],
    ] as const)("names the legs of a blob that is gone: %s", async (_, layer, legs) => {
      const { plan, images, cache, targets } = await staged();
      const { digest = "" } = images[1]?.layers[layer] ?? {};
      const url = `http://${cache.host}/v2/${cache.path}/blobs/${digest}`;
      expect((await fetch(url, { method: "DELETE" })).status).toBe(202);
      const [result] = await publish(plan);
      expect(result?.error).toMatchObject({
        code: "registry",
        legs,
        message: `leg${legs.length > 1 ? "s" : ""} ${legs.join(", ")} cannot be published: GET ${cache.host}/${cache.path}@${digest}: 404 the blob is missing from the repository`,
        hint: `build it again: ${legs.map((leg) => `layerkeep build --force ${leg}`).join(" && ")}`,
      });
      for (const target of targets) expect(await tagOf(target, "1.0.0")).toBeUndefined();
    });

    it("moves a version tag forwards, never backwards, and back only when told", async () => {
      const tags = [{ tag: "latest", order: "semver" as const }];
      const { plan, targets } = await staged({ tags, version: "2.0.0" });
      const first = await publish(plan);
      const older = planWith(plan, { "org.opencontainers.image.version": "1.9.0" });
      const stays = await publish(older);
      expect(reasons(stays)).toEqual(
        Array(2).fill([false, "the tag is at 2.0.0, and 1.9.0 is older"]),
      );
      expect((await tagOf(targets[0], "latest"))?.descriptor.digest).toBe(first[0]?.digest);
      const back = await publish(older, { rollback: true });
      expect(reasons(back)).toEqual(
        Array(2).fill([true, "moved back, as requested: the tag is at 2.0.0, and 1.9.0 is older"]),
      );
      expect((await tagOf(targets[0], "latest"))?.descriptor.digest).toBe(back[0]?.digest);
    });

    it("asks for the ancestry of the tag's commit, and keeps a tag that is ahead of ours", async () => {
      const tags = [{ tag: "main", order: "ancestry" as const }];
      const { plan } = await staged({ tags, revision: "b".repeat(40) });
      await publish(plan);
      const older = planWith(plan, { "org.opencontainers.image.revision": "a".repeat(40) });
      const asked: string[][] = [];
      const stays = await publish(older, {
        ancestry: (theirs, ours) => {
          asked.push([theirs, ours]);
          return Promise.resolve("no");
        },
      });
      expect(asked).toEqual([["b".repeat(40), "a".repeat(40)]]);
      expect(reasons(stays).map(([moved]) => moved)).toEqual([false, false]);
    });

    it("writes nothing in a dry run, and says what would move", async () => {
      const { plan, targets } = await staged();
      const [result] = await publish(plan, { dryRun: true });
      expect(result?.targets[0]?.tags).toEqual([
        { tag: "1.0.0", moved: true, reason: "the tag is new", before: undefined },
      ]);
      expect(await tagOf(targets[0], "1.0.0")).toBeUndefined();
      expect(await client.listTags(targets[1] ?? { host: b.host, path: "x" })).toEqual([]);
    });

    it("does not publish from an untrusted context", async () => {
      const { plan } = await staged();
      const trust = { ...plan.trust, publishes: false, reason: "a pull request from a fork" };
      await expect(publish({ ...plan, trust })).rejects.toThrow(
        "this run is not allowed to publish: a pull request from a fork",
      );
    });

    it("publishes into the cache repository itself where that is the target", async () => {
      const { plan, cache } = await staged();
      const target = plan.variants[0]?.targets[0];
      if (target === undefined) throw new Error("no target");
      const own = { ...target, repository: `${cache.host}/${cache.path}` };
      const variants = plan.variants.map((variant) => ({ ...variant, targets: [own] }));
      const [result] = await publish({ ...plan, variants });
      expect(result?.error).toBeUndefined();
      expect((await tagOf(cache, "1.0.0"))?.descriptor.digest).toBe(result?.digest);
      expect(result?.targets[0]?.blobsMounted).toBe(0);
    });

    it.each(["index", "manifest"] as const)(
      "names the leg of a blob that is gone where the target is the cache repository itself: %s",
      async (shape) => {
        const { plan, images, cache } = await staged({ platforms: ["linux/amd64"], shape });
        const [variant] = plan.variants;
        const [target] = variant?.targets ?? [];
        if (variant === undefined || target === undefined) throw new Error("no target");
        const own = { ...target, repository: `${cache.host}/${cache.path}` };
        const { digest = "" } = images[0]?.layers[0] ?? {};
        const url = `http://${cache.host}/v2/${cache.path}/blobs/${digest}`;
        expect((await fetch(url, { method: "DELETE" })).status).toBe(202);
        // Another client than the one that pushed the blob a moment ago, and remembers it.
        await using client = new RegistryClient({ credentials: anonymous });
        const variants = [{ ...variant, targets: [own] }];
        const [result] = await publish({ ...plan, variants }, { client });
        expect(result?.error).toMatchObject({ legs: ["app/linux/amd64"] });
        expect(await tagOf(cache, "1.0.0")).toBeUndefined();
      },
    );
  });
}

function planWith(
  plan: Parameters<typeof publishVariants>[0],
  annotations: Record<string, string>,
) {
  const variants = plan.variants.map((variant) => ({
    ...variant,
    targets: variant.targets.map((target) => ({
      ...target,
      annotations: { ...target.annotations, ...annotations },
    })),
  }));
  return { ...plan, variants };
}

function reasons(results: readonly PublishResult[]): [boolean, string][] {
  return results.flatMap(({ targets }) =>
    targets.flatMap(({ tags }) => tags.map((t): [boolean, string] => [t.moved, t.reason])),
  );
}

function never(): never {
  throw new Error("nothing was staged");
}
