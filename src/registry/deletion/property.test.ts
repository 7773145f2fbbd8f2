import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type RemoverBench, removerBench } from "../../../test/support/providers/bench.ts";
import { hubUser, startFakeDockerHub } from "../../../test/support/providers/docker-hub.ts";
import { ecrKey, startFakeEcr } from "../../../test/support/providers/ecr.ts";
import { startFakeGhcr } from "../../../test/support/providers/ghcr.ts";
import { quayToken, startFakeQuay } from "../../../test/support/providers/quay.ts";
import { json, Shelf } from "../../../test/support/providers/shelf.ts";
import { startScript } from "../../../test/support/scripted-server.ts";
import { type Digest, isDigest } from "../../oci/digest.ts";
import { DockerHubRemover } from "./docker-hub.ts";
import { EcrRemover } from "./ecr.ts";
import { GhcrRemover } from "./ghcr.ts";
import { OciRemover } from "./oci.ts";
import { QuayRemover } from "./quay.ts";
import type { Remover, Target } from "./remover.ts";

interface Place extends AsyncDisposable {
  readonly shelf: Shelf;
  readonly remover: Remover;
  readonly host: string;
}

const path = "acme/app";
const places: Readonly<Record<string, (bench: RemoverBench) => Promise<Place>>> = {
  "an OCI registry that deletes tags": (bench) => oci(bench, true),
  "an OCI registry that deletes only manifests": (bench) => oci(bench, false),
  Quay: async ({ context }) => {
    const fake = await startFakeQuay(path, context.clock ?? Date.now);
    const options = { token: quayToken, apiUrl: `http://${fake.host}` };
    return { ...fake, remover: new QuayRemover(context, options) };
  },
  GHCR: async ({ context }) => {
    const clock = context.clock ?? Date.now;
    const owner = { owner: "acme", ownerType: "Organization" as const, name: "app", clock };
    const fake = await startFakeGhcr(owner);
    const options = { token: "ghp-all", apiUrl: `http://${fake.host}` };
    return { ...fake, remover: new GhcrRemover(context, options) };
  },
  "Docker Hub": async ({ context }) => {
    const fake = await startFakeDockerHub(path);
    const options = { ...hubUser, apiUrl: `http://${fake.host}` };
    return { ...fake, remover: new DockerHubRemover(context, options) };
  },
  ECR: async ({ context }) => {
    const fake = await startFakeEcr(path, { service: "ecr", clock: context.clock ?? Date.now });
    const remover = new EcrRemover(context, { ...ecrKey, endpoint: `http://${fake.host}` });
    return { ...fake, host: "123456789012.dkr.ecr.eu-west-1.amazonaws.com", remover };
  },
};

async function oci({ context }: RemoverBench, alone: boolean): Promise<Place> {
  const shelf = new Shelf(path);
  const server = await startScript((request) => {
    const { method, url } = request;
    if (url.includes("/tags/list")) return json(200, { tags: [...shelf.tags.keys()] });
    if (method !== "DELETE") return shelf.read(request) ?? { status: 404 };
    const name = url.slice(url.lastIndexOf("/") + 1);
    if (!isDigest(name)) {
      if (!alone) return { status: 400 };
      return { status: shelf.tags.delete(name) ? 202 : 404 };
    }
    if (!shelf.has(name)) return { status: 404 };
    shelf.remove(name);
    return { status: 202 };
  });
  return { ...server, shelf, remover: new OciRemover(context.transport) };
}

/** Images, then indexes of earlier entries; the tags that name each; what to delete. */
const scenes = fc.record({
  images: fc.array(fc.nat(2), { minLength: 1, maxLength: 4 }),
  indexes: fc.array(
    fc.record({ tags: fc.nat(2), children: fc.array(fc.nat(9), { minLength: 1, maxLength: 3 }) }),
    { maxLength: 4 },
  ),
  wanted: fc.array(fc.record({ manifest: fc.nat(9), by: fc.constantFrom("digest", "a", "b") }), {
    minLength: 1,
    maxLength: 6,
  }),
});

type Scene = typeof scenes extends fc.Arbitrary<infer T> ? T : never;

function arrange(shelf: Shelf, { images, indexes, wanted }: Scene): readonly Target[] {
  const made: Digest[] = [];
  const tags = (number: number) =>
    ["a", "b"].slice(0, number).map((tag) => `m${made.length}-${tag}`);
  const pick = (number: number): Digest => made[number % made.length] ?? shelf.image("none");
  images.forEach((count, seed) => made.push(shelf.image(`${seed}`, ...tags(count))));
  for (const { tags: count, children } of indexes) {
    made.push(shelf.index([...new Set(children.map(pick))], ...tags(count)));
  }
  return wanted.map(({ manifest, by }) =>
    by === "digest" ? { digest: pick(manifest) } : { tag: `m${manifest % made.length}-${by}` },
  );
}

/** Everything that a tag names, and everything below it. */
function tree(shelf: Shelf, digest: Digest): readonly Digest[] {
  const children = shelf.digests.filter((one) => shelf.holders(one).includes(digest));
  return [digest, ...children.flatMap((one) => tree(shelf, one))];
}

for (const [name, start] of Object.entries(places)) {
  describe(`any deletion in ${name}`, () => {
    it("deletes nothing else, and breaks no remaining tag", async () => {
      using bench = removerBench();
      await fc.assert(
        fc.asyncProperty(scenes, async (scene) => {
          await using place = await start(bench);
          const { shelf, remover, host } = place;
          const targets = arrange(shelf, scene);
          const before = shelf.state();
          const trees = new Map([...shelf.tags].map(([tag, at]) => [tag, tree(shelf, at)]));
          const removals = await remover.remove({ host, path }, targets);
          const after = shelf.state();

          const named = new Set(targets.map((target) => ("tag" in target ? target.tag : "")));
          for (const [tag, digest] of Object.entries(before.tags)) {
            if (named.has(tag)) continue;
            expect(after.tags[tag]).toBe(digest);
          }
          for (const tag of Object.keys(after.tags)) {
            for (const digest of trees.get(tag) ?? []) expect(after.manifests).toContain(digest);
          }
          expect(removals.map(({ target }) => target)).toEqual(targets);
          for (const { target, outcome } of removals) {
            if ("tag" in target) {
              const existed = target.tag in before.tags;
              expect(outcome === "absent").toBe(!existed);
              expect(outcome === "refused").toBe(target.tag in after.tags);
            } else if (name !== "Quay") {
              expect(outcome === "refused").toBe(after.manifests.includes(target.digest));
            }
          }
        }),
        { numRuns: 60 },
      );
    }, 60_000);
  });
}
