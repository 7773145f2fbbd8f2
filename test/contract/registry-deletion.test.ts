import { afterAll, beforeAll, describe as suite, expect, it } from "vitest";
import { mediaTypes } from "../../src/oci/media-types.ts";
import { createTransport, RegistryClient } from "../../src/registry/client.ts";
import { anonymous } from "../../src/registry/auth/credentials.ts";
import { OciRemover } from "../../src/registry/deletion/oci.ts";
import type { Transport } from "../../src/registry/transport/transport.ts";
import { pushImage } from "../support/images.ts";
import { registryKinds, type TestRegistry } from "../support/registries.ts";

for (const kind of registryKinds) {
  // The CNCF registry 2.8 answers 400 DIGEST_INVALID to a tag, and deletes a manifest with its tags.
  const aloneTags = kind.name === "the embedded registry";

  suite(`deletion in ${kind.name}`, () => {
    let registry: TestRegistry;
    let client: RegistryClient;
    let transport: Transport;

    beforeAll(async () => {
      registry = await kind.start();
      client = new RegistryClient({ credentials: anonymous });
      transport = createTransport({ credentials: anonymous });
    });

    afterAll(async () => {
      transport.close();
      await client[Symbol.asyncDispose]();
      await registry[Symbol.asyncDispose]();
    });

    const repository = (path: string) => ({ host: registry.host, path });
    const push = (path: string, tag: string, seed = tag) =>
      pushImage(client, {
        repository: repository(path),
        platform: "linux/amd64",
        layers: [{ seed, size: 50 }],
        tag,
      });

    it("deletes tags, says which were not there, and leaves the others", async () => {
      const target = repository("tags/some");
      for (const tag of ["a", "b", "c"]) await push(target.path, tag);
      const remover = new OciRemover(transport);
      const targets = [{ tag: "a" }, { tag: "never" }, { tag: "b" }];
      expect(await remover.remove(target, targets)).toEqual([
        { target: { tag: "a" }, outcome: "deleted" },
        { target: { tag: "never" }, outcome: "absent" },
        { target: { tag: "b" }, outcome: "deleted" },
      ]);
      expect(await client.listTags(target)).toEqual(["c"]);
      expect(await client.getManifest({ ...target, tag: "c" })).toBeDefined();
    });

    it("deletes one of two tags of a manifest, or refuses where both would go", async () => {
      const target = repository("tags/shared");
      await push(target.path, "old", "same");
      const { index } = await push(target.path, "new", "same");
      const [removal] = await new OciRemover(transport).remove(target, [{ tag: "old" }]);
      if (aloneTags) {
        expect(removal).toEqual({ target: { tag: "old" }, outcome: "deleted" });
        expect(await client.listTags(target)).toEqual(["new"]);
      } else {
        expect(removal).toEqual({
          target: { tag: "old" },
          outcome: "refused",
          reason: `this registry deletes a tag only together with its manifest: new also points to ${index.digest}`,
          hint: "delete all tags of the manifest together, or keep it",
          tags: ["new"],
        });
        expect([...(await client.listTags(target))].sort()).toEqual(["new", "old"]);
      }
      expect(await client.getManifest({ ...target, tag: "new" })).toBeDefined();
    });

    it("deletes all tags of a manifest together", async () => {
      const target = repository("tags/together");
      await push(target.path, "one", "same");
      await push(target.path, "two", "same");
      await push(target.path, "kept");
      const removals = await new OciRemover(transport).remove(target, [
        { tag: "two" },
        { tag: "one" },
      ]);
      expect(removals.map(({ outcome }) => outcome)).toEqual(["deleted", "deleted"]);
      expect(await client.listTags(target)).toEqual(["kept"]);
    });

    it("does not delete a digest that a tag names, or that a tagged index holds", async () => {
      const target = repository("digests/held");
      const { image, index } = await push(target.path, "v1");
      const remover = new OciRemover(transport);
      const removals = await remover.remove(target, [
        { digest: image.digest },
        { digest: index.digest },
      ]);
      expect(removals).toMatchObject([
        {
          outcome: "refused",
          tags: ["v1"],
          reason: expect.stringContaining("would break") as unknown,
        },
        {
          outcome: "refused",
          tags: ["v1"],
          reason: expect.stringContaining("a manifest is deleted") as unknown,
        },
      ]);
      expect(await client.getManifest({ ...target, tag: "v1" })).toBeDefined();
      expect(await client.getManifest({ ...target, digest: image.digest })).toBeDefined();
    });

    it("deletes an index with its tag and then what it held", async () => {
      const target = repository("digests/tree");
      const { image, index } = await push(target.path, "v1");
      const removals = await new OciRemover(transport).remove(target, [
        { digest: image.digest },
        { tag: "v1" },
        { digest: index.digest },
      ]);
      expect(removals.map(({ outcome }) => outcome)).toEqual(["deleted", "deleted", "deleted"]);
      for (const { digest } of [image, index]) {
        expect(await client.headManifest({ ...target, digest })).toBeUndefined();
      }
    });

    it("keeps what an index deep below a tag holds", async () => {
      const target = repository("digests/deep");
      const { image, index } = await push(target.path, "inner");
      const mediaType = mediaTypes.ociIndex;
      const content = { schemaVersion: 2, mediaType, manifests: [index] };
      const bytes = Buffer.from(JSON.stringify(content));
      await client.putManifest(target, { bytes, mediaType, tag: "outer" });
      const removals = await new OciRemover(transport).remove(target, [
        { tag: "inner" },
        { digest: image.digest },
      ]);
      expect(removals.map(({ outcome }) => outcome)).toEqual([
        aloneTags ? "deleted" : "refused",
        "refused",
      ]);
      for (const { digest } of [image, index]) {
        expect(await client.headManifest({ ...target, digest })).toBeDefined();
      }
    });

    it("finds nothing to delete in a repository that is unknown", async () => {
      const { digest } = (await push("digests/other", "x")).index;
      const targets = [{ tag: "x" }, { digest }];
      const removals = await new OciRemover(transport).remove(repository("no/such"), targets);
      expect(removals.map(({ outcome }) => outcome)).toEqual(["absent", "absent"]);
    });
  });
}
