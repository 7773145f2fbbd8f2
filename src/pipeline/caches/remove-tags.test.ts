import { afterEach, beforeEach, expect, it } from "vitest";
import { type RemoverBench, removerBench } from "../../../test/support/providers/bench.ts";
import { type FakeGhcr, startFakeGhcr } from "../../../test/support/providers/ghcr.ts";
import type { Digest } from "../../oci/digest.ts";
import { GhcrRemover } from "../../registry/deletion/ghcr.ts";
import { removeTags, type RemovalClient } from "./remove-tags.ts";

/**
 * Over GHCR's API, where a manifest is deleted along with all of its tags, and an index leaves its
 * children.
 */

let bench: RemoverBench;
let ghcr: FakeGhcr;
beforeEach(async () => {
  bench = removerBench();
  const { clock } = bench.time;
  ghcr = await startFakeGhcr({ owner: "acme", ownerType: "Organization", name: "cache", clock });
});
afterEach(async () => {
  bench[Symbol.dispose]();
  await ghcr[Symbol.asyncDispose]();
});

/** GHCR's reads and pushes, over the same store that its API deletes from. */
const client: RemovalClient = {
  resolveTags: (_, tags) =>
    Promise.resolve(
      new Map(
        tags.flatMap((tag) => {
          const digest = ghcr.shelf.tags.get(tag);
          return digest === undefined ? [] : [[tag, { mediaType: "m", digest, size: 1 }] as const];
        }),
      ),
    ),
  pushBlob: () => Promise.resolve(),
  putManifest: (_, { bytes, mediaType, tag = "" }) => {
    const digest = ghcr.shelf.put(Buffer.from(bytes).toString(), tag);
    return Promise.resolve({ mediaType, digest, size: bytes.length });
  },
};

function remove(tags: Readonly<Record<string, Digest>>, ...children: Digest[]) {
  const apiUrl = `http://${ghcr.host}`;
  const remover = new GhcrRemover(bench.context, { token: "ghp-all", apiUrl });
  const chosen = Object.entries(tags).map(([tag, digest]) => ({
    ...{ tag, digest, kind: "cache" as const },
    ...{ leg: null, reason: "a test" },
  }));
  const repository = { host: ghcr.host, path: "acme/cache" };
  return removeTags(client, remover, repository, { chosen, children });
}

it("deletes a tag and keeps its manifest if another tag points at it", async () => {
  const same = ghcr.shelf.image("same", "cache-app-amd64", "cache-app-amd64.topic");
  expect(await remove({ "cache-app-amd64.topic": same })).toEqual({
    deleted: ["cache-app-amd64.topic"],
    refused: [],
    manifests: 0,
  });
  expect(ghcr.shelf.state()).toEqual({ tags: { "cache-app-amd64": same }, manifests: [same] });
});

it("deletes the children of a deleted index, unless another index has them", async () => {
  const [own, both] = [ghcr.shelf.image("own"), ghcr.shelf.image("both")];
  const leg = ghcr.shelf.index([own, both], "leg-old-amd64");
  const published = ghcr.shelf.index([both], "1.0");
  expect(await remove({ "leg-old-amd64": leg }, own, both)).toMatchObject({
    deleted: ["leg-old-amd64"],
    manifests: 1,
  });
  expect(ghcr.shelf.state()).toEqual({ tags: { "1.0": published }, manifests: [both, published] });
});

it("keeps a tag that was written after the survey, with all its children", async () => {
  const child = ghcr.shelf.image("child");
  const before = ghcr.shelf.index([child], "leg-old-amd64");
  const now = ghcr.shelf.image("now", "leg-old-amd64");
  const { deleted, refused, manifests } = await remove({ "leg-old-amd64": before }, child);
  expect({ deleted, manifests }).toEqual({ deleted: [], manifests: 0 });
  expect(refused).toMatchObject([{ reason: "it was written while the command ran" }]);
  expect(ghcr.shelf.tags.get("leg-old-amd64")).toBe(now);
});
