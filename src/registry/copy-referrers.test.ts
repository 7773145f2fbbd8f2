import { describe, expect, it } from "vitest";
import { scriptedRegistry } from "../../test/support/scripted-client.ts";
import { artifact, scriptedManifests } from "../../test/support/scripted-manifests.ts";
import type { Digest } from "../oci/digest.ts";
import { mediaTypes } from "../oci/media-types.ts";
import { copyManifestTree } from "./copy.ts";
import { referrersTag } from "./manifests/referrers.ts";

const image = artifact({ name: "image" });
const empty = Buffer.from("{}");

/** Two registries without a list of referrers; the source has the image and the given manifests. */
async function registries() {
  const source = scriptedManifests(({ url, method }) =>
    url.includes("/blobs/") ? { status: 200, body: method === "GET" ? empty : "" } : { status: 0 },
  );
  const target = scriptedManifests(({ method }) => ({ status: method === "POST" ? 201 : 0 }));
  const [from, to] = [await scriptedRegistry(source.script), await scriptedRegistry(target.script)];
  const stand = ({ push, descriptor }: typeof image): void =>
    void source.stored.set(descriptor.digest, push);
  const list = (subject: Digest, ...referrers: (typeof image)[]): void => {
    const manifests = referrers.map(({ descriptor }) => descriptor);
    const content = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests };
    const bytes = Buffer.from(JSON.stringify(content));
    source.stored.set(referrersTag(subject), { bytes, mediaType: mediaTypes.ociIndex });
  };
  stand(image);
  return {
    stand,
    list,
    from: { host: from.host, path: "a", digest: image.descriptor.digest },
    to: { host: to.host, path: "b" },
    client: from.client,
    stored: target.stored,
    async [Symbol.asyncDispose]() {
      await from[Symbol.asyncDispose]();
      await to[Symbol.asyncDispose]();
    },
  };
}

const refersTo = (name: string, subject: Digest) => artifact({ name, type: "a/b", subject });

describe("copying with referrers", () => {
  it("copies no referrers unless asked to", async () => {
    await using r = await registries();
    const signature = refersTo("signature", image.descriptor.digest);
    r.stand(signature);
    r.list(image.descriptor.digest, signature);
    await copyManifestTree(r.client, r.from, r.to);
    expect([...r.stored.keys()]).toEqual([image.descriptor.digest]);
  });

  it("leaves out and reports listed referrers that the source does not have", async () => {
    await using r = await registries();
    const signature = refersTo("signature", image.descriptor.digest);
    const gone = refersTo("gone", image.descriptor.digest);
    r.stand(signature);
    r.list(image.descriptor.digest, gone, signature);
    const missing: Digest[] = [];
    const options = {
      referrers: true,
      onMissingReferrer: (digest: Digest) => missing.push(digest),
    };
    await copyManifestTree(r.client, r.from, r.to, options);
    expect(missing).toEqual([gone.descriptor.digest]);
    expect(r.stored.has(signature.descriptor.digest)).toBe(true);
    expect(r.stored.has(referrersTag(image.descriptor.digest))).toBe(true);
  });

  it("ends if lists name each other", async () => {
    await using r = await registries();
    const one = refersTo("one", image.descriptor.digest);
    const two = refersTo("two", one.descriptor.digest);
    for (const referrer of [one, two]) r.stand(referrer);
    r.list(image.descriptor.digest, one);
    r.list(one.descriptor.digest, two);
    r.list(two.descriptor.digest, one, two, image);
    await copyManifestTree(r.client, r.from, r.to, { referrers: true });
    expect(r.stored.has(two.descriptor.digest)).toBe(true);
  });

  it("fails if the chain of referrers is too long", async () => {
    await using r = await registries();
    let subject = image.descriptor.digest;
    for (let depth = 1; depth <= 9; depth++) {
      const next = refersTo(String(depth), subject);
      r.stand(next);
      r.list(subject, next);
      subject = next.descriptor.digest;
    }
    const copy = copyManifestTree(r.client, r.from, r.to, { referrers: true });
    await expect(copy).rejects.toMatchObject({
      code: "format",
      message: `${r.from.host}/a@${r.from.digest} has too many referrers to copy`,
    });
    expect(r.stored.has(subject)).toBe(false);
  });

  it("fails if a list is too long, and copies none of it", async () => {
    await using r = await registries();
    const many = Array.from({ length: 2000 }, (_, n) =>
      refersTo(String(n), image.descriptor.digest),
    );
    r.list(image.descriptor.digest, ...many);
    const copy = copyManifestTree(r.client, r.from, r.to, { referrers: true });
    await expect(copy).rejects.toMatchObject({ code: "format" });
    expect([...r.stored.keys()]).toEqual([image.descriptor.digest]);
  });

  it("does nothing more within one repository", async () => {
    await using r = await registries();
    const { host, path } = r.from;
    await copyManifestTree(r.client, r.from, { host, path }, { referrers: true });
    expect(r.stored.size).toBe(0);
  });
});
