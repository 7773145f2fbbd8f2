import { once } from "node:events";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { afterAll, beforeAll, describe as suite, expect, it } from "vitest";
import { IntegrityError } from "../../src/errors.ts";
import { digestOf } from "../../src/oci/digest.ts";
import type { Descriptor } from "../../src/oci/manifest.ts";
import { mediaTypes } from "../../src/oci/media-types.ts";
import type { Repository } from "../../src/oci/reference.ts";
import { RegistryClient, type UploadSession } from "../../src/registry/client.ts";
import { copyManifestTree } from "../../src/registry/copy.ts";
import { anonymous } from "../../src/registry/auth/credentials.ts";
import { bytesOf, describe, pushImage } from "../support/images.ts";
import { registryKinds, type TestRegistry } from "../support/registries.ts";

const octets = "application/octet-stream";

for (const kind of registryKinds) {
  suite(`the client against ${kind.name}`, () => {
    let registry: TestRegistry;
    let client: RegistryClient;

    beforeAll(async () => {
      registry = await kind.start();
      client = new RegistryClient({ credentials: anonymous });
    });

    afterAll(async () => {
      await client[Symbol.asyncDispose]();
      await registry[Symbol.asyncDispose]();
    });

    const repository = (path: string) => ({ host: registry.host, path });

    it("finds the registry by its protocol", async () => {
      expect((await client.ping(registry.host)).date?.getTime()).toBeGreaterThan(0);
    });

    it("reads back a blob that it pushed, of any size from nothing to megabytes", async () => {
      for (const size of [0, 1, 70_000, 5 << 20]) {
        const bytes = bytesOf(`blob ${size}`, size);
        const descriptor = describe(bytes, octets);
        const target = repository("blobs/sizes");
        await client.pushBlob(target, descriptor, () => Readable.from([bytes]));
        expect(await client.headBlob(target, descriptor.digest)).toEqual({ size });
        expect(digestOf(await client.readBlob(target, descriptor, 8 << 20))).toBe(
          descriptor.digest,
        );
        expect((await buffer(await client.openBlob(target, descriptor))).equals(bytes)).toBe(true);
      }
    });

    it("has no blob, manifest or tag where nothing was pushed", async () => {
      const empty = repository("nothing/here");
      const digest = digestOf("nothing");
      expect(await client.headBlob(empty, digest)).toBeUndefined();
      expect(await client.headManifest({ ...empty, tag: "v1" })).toBeUndefined();
      expect(await client.getManifest({ ...empty, digest })).toBeUndefined();
      expect(await client.listTags(empty)).toEqual([]);
      expect(await client.deleteManifest(empty, digest)).toBe(false);
    });

    it("refuses to read a blob under a descriptor that promises another size", async () => {
      const bytes = bytesOf("size", 1000);
      const descriptor = describe(bytes, octets);
      const target = repository("blobs/wrong");
      await client.pushBlob(target, descriptor, () => bytes);
      const longer = { ...descriptor, size: 999 };
      await expect(client.readBlob(target, longer, 2000)).rejects.toThrow(IntegrityError);
    });

    it("is told by the registry where pushed bytes have another digest", async () => {
      const descriptor = describe(bytesOf("right", 1000), octets);
      const push = client.pushBlob(repository("blobs/wrong"), descriptor, () =>
        bytesOf("left", 1000),
      );
      await expect(push).rejects.toMatchObject({ code: "registry", status: 400 });
      expect(await client.headBlob(repository("blobs/wrong"), descriptor.digest)).toBeUndefined();
    });

    it("mounts a blob from another repository, and says where there is none to mount", async () => {
      const bytes = bytesOf("mounted", 3000);
      const { digest, ...rest } = describe(bytes, octets);
      await client.pushBlob(repository("mount/from"), { digest, ...rest }, () => bytes);
      expect(await client.mountBlob(repository("mount/to"), digest, repository("mount/from"))).toBe(
        true,
      );
      expect(await client.headBlob(repository("mount/to"), digest)).toEqual({ size: 3000 });
      const other = digestOf("never pushed");
      expect(await client.mountBlob(repository("mount/to"), other, repository("mount/from"))).toBe(
        false,
      );
    });

    it("takes a mount from the repository itself as a look", async () => {
      const bytes = bytesOf("self", 3000);
      const descriptor = describe(bytes, octets);
      const self = repository("mount/self");
      const session = await client.startMount(self, descriptor.digest, self);
      if (session === undefined || session === "mounted") throw new Error("no upload was begun");
      await client.finishUpload(self, descriptor, () => bytes, session);
      expect(await client.startMount(self, descriptor.digest, self)).toBe("mounted");
    });

    it("goes on with a push that broke in the middle", async () => {
      const bytes = bytesOf("broken", 40 << 20);
      const descriptor = describe(bytes, octets);
      let opened = 0;
      await using cutter = await startCutter(registry.host, 9 << 20);
      const through = { host: cutter.host, path: "push/broken" };
      await client.pushBlob(through, descriptor, () => {
        opened++;
        return Readable.from(pieces(bytes), { objectMode: false });
      });
      expect(cutter.cuts).toBe(1);
      expect(opened).toBeGreaterThan(1);
      const stored = await client.readBlob(repository("push/broken"), descriptor, 64 << 20);
      expect(digestOf(stored)).toBe(descriptor.digest);
    });

    it("pushes a manifest by tag and by digest, lists its tags and deletes it", async () => {
      const target = repository("manifests/life");
      const layers = [{ seed: "life", size: 2000 }];
      const options = { repository: target, platform: "linux/amd64", layers, bare: true };
      const { image } = await pushImage(client, { ...options, tag: "one" });
      const fetched = await client.getManifest({ ...target, tag: "one" });
      expect(fetched?.descriptor).toEqual(image);
      expect(await client.headManifest({ ...target, tag: "one" })).toEqual(image);
      const bytes = fetched?.bytes ?? Buffer.alloc(0);
      await client.putManifest(target, { bytes, mediaType: image.mediaType, tag: "two" });
      expect([...(await client.listTags(target))].sort()).toEqual(["one", "two"]);
      expect(await client.deleteManifest(target, image.digest)).toBe(true);
      expect(await client.headManifest({ ...target, tag: "one" })).toBeUndefined();
    });

    it("copies an index with its attestation to another repository, all of it", async () => {
      const from = repository("copy/from");
      const layers = [
        { seed: "copied", size: 300_000 },
        { seed: "small", size: 900 },
      ];
      const made = await pushImage(client, {
        repository: from,
        platform: "linux/arm64",
        layers,
        tag: "leg",
      });
      const to = repository("copy/to");
      const copied = await copyManifestTree(client, { ...from, digest: made.index.digest }, to);
      expect(copied).toEqual(made.index);
      expect(await client.headManifest({ ...to, digest: made.image.digest })).toEqual(made.image);
      for (const { digest, size } of made.layers) {
        expect(await client.headBlob(to, digest)).toEqual({ size });
      }
    });

    it("pushes in pieces, and content of unknown size", async () => {
      const bytes = bytesOf("pieces", 700_000);
      const descriptor = describe(bytes, octets);
      const target = repository("push/pieces");
      const streamed = () => Readable.from(pieces(bytes), { objectMode: false });
      await client.pushBlob(target, descriptor, streamed, { pieceBytes: 200_000 });
      const other = repository("push/stream");
      expect(await client.pushStream(other, streamed(), { pieceBytes: 200_000 })).toEqual(
        descriptor,
      );
      expect(await client.pushStream(other, Readable.from([]))).toEqual(
        describe(Buffer.alloc(0), octets),
      );
      for (const where of [target, other]) {
        const stored = await client.readBlob(where, descriptor, 1 << 20);
        expect(stored.equals(bytes)).toBe(true);
      }
    });

    it("goes on with an upload that another client began, and begins again if it was given up", async () => {
      const bytes = bytesOf("resumed", 300_000);
      const descriptor = describe(bytes, octets);
      const target = repository("push/resumed");
      for (const givenUp of [false, true]) {
        await using first = new RegistryClient({ credentials: anonymous });
        let session = await first.startUpload(target);
        session = await sendPiece(session, bytes.subarray(0, 100_000));
        if (givenUp) await first.cancelUpload(target, session);
        await using second = new RegistryClient({ credentials: anonymous });
        const { href } = session.location;
        await second.resumeUpload(target, descriptor, () => bytes, href);
        const stored = await client.readBlob(target, descriptor, 1 << 20);
        expect(stored.equals(bytes)).toBe(true);
      }
    });

    it("reads a part of a blob", async () => {
      const bytes = bytesOf("ranges", 100_000);
      const descriptor = describe(bytes, octets);
      const target = repository("blobs/ranges");
      await client.pushBlob(target, descriptor, () => bytes);
      for (const range of [
        { start: 0, end: 1 },
        { start: 50_000, end: 60_000 },
        { start: 99_999 },
      ]) {
        const part = await buffer(await client.openBlob(target, descriptor, { range }));
        expect(part.equals(bytes.subarray(range.start, range.end))).toBe(true);
      }
    });

    it("reads a tag again where it moved, and what it knows where it did not", async () => {
      const target = repository("manifests/moved");
      const one = await pushArtifact(client, target, { name: "one", tag: "v1" });
      const first = await client.getManifest({ ...target, tag: "v1" });
      expect(await client.getManifest({ ...target, tag: "v1" })).toBe(first);
      expect(await client.getManifest({ ...target, digest: one.digest })).toBe(first);
      const two = await pushArtifact(client, target, { name: "two", tag: "v1" });
      const moved = await client.getManifest({ ...target, tag: "v1" });
      expect(moved?.descriptor.digest).toBe(two.digest);
      await client.deleteManifest(target, one.digest);
      expect(await client.getManifest({ ...target, digest: one.digest })).toBeUndefined();
    });

    it("lists what refers to a manifest, of one type or all, until it is deleted", async () => {
      const target = repository("referrers/life");
      const subject = await pushArtifact(client, target, { name: "subject", tag: "v1" });
      expect(await client.listReferrers(target, subject.digest)).toEqual([]);
      const [signature, report] = await Promise.all([
        pushArtifact(client, target, { name: "signature", type: "a/signature", subject }),
        pushArtifact(client, target, { name: "report", type: "a/report", subject }),
      ]);
      const listed = async (artifactType?: string) => {
        // Another client, which knows nothing of what this one did.
        await using reader = new RegistryClient({ credentials: anonymous });
        const found = await reader.listReferrers(target, subject.digest, { artifactType });
        return [...found].sort((a, b) =>
          (a.artifactType ?? "").localeCompare(b.artifactType ?? ""),
        );
      };
      const described = (descriptor: Descriptor, name: string) => ({
        ...descriptor,
        artifactType: `a/${name}`,
        annotations: { name },
      });
      const [wholeReport, wholeSignature] = [
        described(report, "report"),
        described(signature, "signature"),
      ];
      expect(await listed()).toEqual([wholeReport, wholeSignature]);
      expect(await listed("a/report")).toEqual([wholeReport]);
      expect(await listed("a/other")).toEqual([]);
      expect(await client.deleteManifest(target, report.digest)).toBe(true);
      expect(await listed()).toEqual([wholeSignature]);
      expect(await client.deleteManifest(target, signature.digest)).toBe(true);
      expect(await listed()).toEqual([]);
    });

    it("copies an image with what refers to it, to its parts, and to that in turn", async () => {
      const from = repository("referrers/from");
      const layers = [{ seed: "referred", size: 3000 }];
      const options = { repository: from, platform: "linux/amd64", layers, tag: "v1" };
      const { index, image } = await pushImage(client, options);
      const ofIndex = await pushArtifact(client, from, { name: "1", type: "a/b", subject: index });
      const ofImage = await pushArtifact(client, from, { name: "2", type: "a/b", subject: image });
      const ofThat = await pushArtifact(client, from, { name: "3", type: "a/b", subject: ofIndex });
      const source = { ...from, digest: index.digest };
      await copyManifestTree(client, source, repository("referrers/without"));
      const without = repository("referrers/without");
      expect(await client.listReferrers(without, index.digest)).toEqual([]);
      const to = repository("referrers/to");
      await copyManifestTree(client, source, to, { referrers: true });
      for (const [subject, referrer] of [
        [index, ofIndex],
        [image, ofImage],
        [ofIndex, ofThat],
      ] as const) {
        const found = await client.listReferrers(to, subject.digest);
        expect(found.map(({ digest }) => digest)).toEqual([referrer.digest]);
        expect(await client.headManifest({ ...to, digest: referrer.digest })).toEqual(referrer);
      }
    });

    it("resolves many tags, those among them that are not there", async () => {
      const target = repository("tags/resolved");
      const made = await Promise.all(
        [1, 2, 3].map((n) => pushArtifact(client, target, { name: String(n), tag: `v${n}` })),
      );
      const wanted = Array.from({ length: 50 }, (_, n) => `v${n}`);
      const expected = new Map(made.map((descriptor, n) => [`v${n + 1}`, descriptor]));
      for (const tags of [wanted, wanted.slice(0, 5)]) {
        const found = await client.resolveTags(target, tags);
        expect(new Map([...found].sort())).toEqual(expected);
      }
      expect(await client.resolveTags(repository("tags/none"), wanted)).toEqual(new Map());
    });

    it("pages through more tags than one answer holds", async () => {
      const target = repository("tags/many");
      const config = describe(Buffer.from("{}"), mediaTypes.ociEmpty);
      await client.pushBlob(target, config, () => Buffer.from("{}"));
      const content = { schemaVersion: 2, mediaType: mediaTypes.ociManifest, config, layers: [] };
      const bytes = Buffer.from(JSON.stringify(content));
      const tags = Array.from({ length: 30 }, (_, index) => `v${String(index).padStart(2, "0")}`);
      await Promise.all(
        tags.map((tag) =>
          client.putManifest(target, { bytes, mediaType: mediaTypes.ociManifest, tag }),
        ),
      );
      expect([...(await client.listTags(target))].sort()).toEqual(tags);
    });
  });
}

interface Artifact {
  readonly name: string;
  readonly type?: string;
  readonly tag?: string;
  readonly subject?: Descriptor;
}

/** Pushes a manifest without content, that says its name and what it refers to. */
async function pushArtifact(
  client: RegistryClient,
  target: Repository,
  { name, type, tag, subject }: Artifact,
): Promise<Descriptor> {
  const empty = Buffer.from("{}");
  const config = describe(empty, mediaTypes.ociEmpty);
  await client.pushBlob(target, config, () => empty);
  const mediaType = mediaTypes.ociManifest;
  const annotations = { name };
  const content = {
    schemaVersion: 2,
    mediaType,
    artifactType: type,
    config,
    layers: [config],
    subject,
    annotations,
  };
  const bytes = Buffer.from(JSON.stringify(content));
  return client.putManifest(target, { bytes, mediaType, tag });
}

/** One PATCH, as a process sends it that ends before it sends the rest. */
async function sendPiece(session: UploadSession, bytes: Buffer): Promise<UploadSession> {
  const answer = await fetch(session.location, {
    method: "PATCH",
    headers: {
      "content-type": octets,
      "content-range": `${session.offset}-${session.offset + bytes.length - 1}`,
    },
    body: bytes,
  });
  await answer.arrayBuffer();
  const location = new URL(answer.headers.get("location") ?? "", session.location);
  return { location, offset: session.offset + bytes.length };
}

function* pieces(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536);
}

interface Cutter extends AsyncDisposable {
  readonly host: string;
  readonly cuts: number;
}

/** Passes connections on, and cuts the first one over which more than `bytes` were sent. */
async function startCutter(host: string, bytes: number): Promise<Cutter> {
  const { createServer, connect } = await import("node:net");
  const [, port = "0"] = host.split(":");
  let cuts = 0;
  const server = createServer((client) => {
    const upstream = connect(Number(port), "127.0.0.1");
    let sent = 0;
    client.on("data", (chunk: Buffer) => {
      sent += chunk.length;
      if (cuts === 0 && sent > bytes) {
        cuts++;
        client.destroy();
        upstream.end();
      } else if (!upstream.write(chunk)) {
        client.pause();
        upstream.once("drain", () => client.resume());
      }
    });
    upstream.pipe(client);
    client.once("close", () => upstream.end());
    upstream.once("close", () => client.destroy());
    client.on("error", () => undefined);
    upstream.on("error", () => undefined);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const own = typeof address === "object" && address !== null ? address.port : 0;
  return {
    host: `127.0.0.1:${own}`,
    get cuts() {
      return cuts;
    },
    async [Symbol.asyncDispose]() {
      server.close();
      await Promise.resolve();
    },
  };
}
