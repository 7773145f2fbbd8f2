import { afterAll, beforeAll, describe as suite, expect, it } from "vitest";
import { RegistryClient } from "../../src/registry/client.ts";
import { type CopiedBlob, Copier } from "../../src/registry/copier.ts";
import { anonymous } from "../../src/registry/auth/credentials.ts";
import { type Fault, type FaultProxy, scripted, startFaultProxy } from "../support/fault-proxy.ts";
import { type MadeImage, pushImage } from "../support/images.ts";
import { registryKinds, type TestRegistry } from "../support/registries.ts";

const large = 30_000_000;
/** Above and below the size from which a blob is streamed, one that all share, and an empty one. */
const layers = [
  { seed: "large", size: large },
  { seed: "middle", size: 2_000_000 },
  { seed: "small", size: 900 },
  { seed: "nothing", size: 0 },
];
const pairs = registryKinds.flatMap((from) => registryKinds.map((to) => ({ from, to })));

for (const { from, to } of pairs) {
  suite(`a copy from ${from.name} to ${to.name}`, () => {
    let source: TestRegistry;
    let target: TestRegistry;
    let client: RegistryClient;
    let made: MadeImage;

    beforeAll(async () => {
      [source, target] = await Promise.all([from.start(), to.start()]);
      client = new RegistryClient({ credentials: anonymous, sleep: () => Promise.resolve() });
      made = await pushImage(client, {
        repository: { host: source.host, path: "images/source" },
        platform: "linux/amd64",
        layers,
        tag: "v1",
      });
    });

    afterAll(async () => {
      await client[Symbol.asyncDispose]();
      await source[Symbol.asyncDispose]();
      await target[Symbol.asyncDispose]();
    });

    /** Copies with what breaks for the large blob; gives what each side saw, and how blobs came over. */
    async function copy(path: string, faults: { at: "source" | "target"; fault: Fault }[]) {
      const proxyFor = (host: string, at: "source" | "target"): Promise<FaultProxy> => {
        const hex = made.layers[0]?.digest.replace("sha256:", "") ?? "?";
        const [method, url] =
          at === "source" ? ["GET", new RegExp(`/blobs/.*${hex}`)] : ["PUT", new RegExp(hex)];
        const rules = faults.filter((one) => one.at === at);
        return startFaultProxy(
          host,
          scripted(...rules.map(({ fault }) => ({ method, url, times: 1, fault }))),
        );
      };
      await using before = await proxyFor(source.host, "source");
      await using behind = await proxyFor(target.host, "target");
      const blobs: CopiedBlob[] = [];
      const copied = await new Copier(client).tree(
        { host: before.host, path: "images/source" },
        made.index.digest,
        { host: behind.host, path },
        { onBlob: (blob) => blobs.push(blob) },
      );
      expect(copied).toEqual(made.index);
      const place = { host: target.host, path };
      for (const layer of made.layers) {
        await client.readBlob(place, layer, large);
      }
      expect(await client.headManifest({ ...place, digest: made.image.digest })).toEqual(
        made.image,
      );
      return { before: before.seen, behind: behind.seen, blobs };
    }

    it("brings over all of it, once, and then only looks", async () => {
      const first = await copy("images/plain", []);
      expect(new Set(first.blobs.map(({ how }) => how))).toEqual(new Set(["copied"]));
      expect(first.before.filter(({ url }) => url.includes("/blobs/"))).toHaveLength(
        first.blobs.length,
      );
      const again = await copy("images/plain", []);
      expect(new Set(again.blobs.map(({ how }) => how))).toEqual(new Set(["there"]));
      const streamed = made.layers.filter(({ size }) => size > 1_000_000);
      for (const { digest } of streamed) {
        expect(again.before.filter(({ url }) => url.includes(digest))).toEqual([]);
      }
      const puts = again.behind.filter(
        ({ method, url }) => method === "PUT" && url.includes("/blobs/"),
      );
      expect(puts).toEqual([]);
    });

    it("goes on where reading broke, twice", async () => {
      const { before } = await copy("images/read", [
        { at: "source", fault: { type: "truncate", bytes: 9_000_000 } },
        { at: "source", fault: { type: "truncate", bytes: 5_000_000 } },
      ]);
      const reads = before.filter(({ url }) => url.includes(made.layers[0]?.digest ?? "?"));
      expect(reads).toHaveLength(3);
    });

    it("goes on where pushing broke, and reads again from not long before", async () => {
      const { behind, before } = await copy("images/push", [
        { at: "target", fault: { type: "cut", bytes: 12_000_000 } },
      ]);
      expect(behind.some(({ method }) => method === "PATCH")).toBe(true);
      const reads = before.filter(({ url }) => url.includes(made.layers[0]?.digest ?? "?"));
      // Once for the push that broke, and once for each piece of what was missing.
      expect(reads.length).toBeLessThanOrEqual(4);
    });

    it("waits and goes on where both sides are busy", async () => {
      const busy = { type: "status", status: 429, headers: { "retry-after": "1" } } as const;
      await copy("images/busy", [
        { at: "source", fault: { type: "status", status: 503 } },
        { at: "source", fault: busy },
        { at: "target", fault: busy },
      ]);
    });

    it("is believed where the answer to the last byte got lost", async () => {
      await copy("images/lost", [{ at: "target", fault: { type: "drop-answer" } }]);
    });
  });
}

for (const kind of registryKinds) {
  suite(`a copy within ${kind.name}`, () => {
    it("mounts what the other repository has, and reads nothing of it", async () => {
      await using registry = await kind.start();
      await using client = new RegistryClient({ credentials: anonymous });
      const { index } = await pushImage(client, {
        repository: { host: registry.host, path: "within/source" },
        platform: "linux/amd64",
        layers,
        tag: "v1",
      });
      await using proxy = await startFaultProxy(registry.host, () => undefined);
      const how = new Set<string>();
      const copied = await new Copier(client).tree(
        { host: proxy.host, path: "within/source" },
        index.digest,
        { host: proxy.host, path: "within/target" },
        { onBlob: (blob) => how.add(blob.how) },
      );
      expect(copied).toEqual(index);
      expect([...how]).toEqual(["mounted"]);
      const reads = proxy.seen.filter(
        ({ method, url }) => method !== "POST" && url.includes("/blobs/"),
      );
      expect(reads).toEqual([]);
    });
  });
}
