import fc from "fast-check";
import { expect, test } from "vitest";
import { type Digest, digestOf } from "../../oci/digest.ts";
import { planCollection } from "./policy.ts";
import type { BlobView, ManifestView, Removals, RepositoryView } from "./view.ts";

const now = 1_000_000;
const ages = [0, 9, 10, 11, 50, 99, 100, 101, 1_000];

/** A blob or manifest that any repository may have; it refers only to earlier ones. */
interface Node {
  readonly blob: boolean;
  readonly parts: readonly number[];
  readonly subject: number | undefined;
}

interface World {
  readonly views: readonly RepositoryView[];
  readonly perRepository: boolean;
  readonly graceMs: number;
  readonly leaseMs: number;
}

const below = (count: number) => fc.nat({ max: Math.max(0, count - 1) });

const nodes: fc.Arbitrary<readonly Node[]> = fc
  .integer({ min: 1, max: 14 })
  .chain((count) =>
    fc.tuple(
      ...Array.from({ length: count }, (_, index) =>
        fc.record({
          blob: fc.boolean(),
          // Nodes from 100 on never exist: foreign layers, or subjects that were not pushed.
          parts: fc.array(fc.oneof(below(index), fc.integer({ min: 100, max: 102 })), {
            maxLength: index === 0 ? 0 : 3,
          }),
          subject: fc.option(fc.oneof(below(index), fc.constant(103)), { nil: undefined }),
        }),
      ),
    ),
  )
  .map((list) => list.map((node, index) => (index === 0 ? { ...node, subject: undefined } : node)));

const holding = fc.array(
  fc.record({
    there: fc.boolean(),
    tagged: fc.nat({ max: 4 }).map((n) => n === 0),
    age: fc.constantFrom(...ages),
  }),
  { minLength: 14, maxLength: 14 },
);

const worlds: fc.Arbitrary<World> = fc
  .record({
    nodes,
    holdings: fc.array(holding, { minLength: 1, maxLength: 3 }),
    perRepository: fc.boolean(),
    graceMs: fc.constantFrom(0, 10, 100),
    leaseMs: fc.constantFrom(0, 10, 100),
  })
  .map(({ nodes: list, holdings, ...rest }) => ({
    ...rest,
    views: holdings.map((held, index) => viewOf(`r${index}`, list, held)),
  }));

function viewOf(
  name: string,
  list: readonly Node[],
  held: readonly { there: boolean; tagged: boolean; age: number }[],
): RepositoryView {
  const there = new Set<number>();
  // As a registry accepts them: what a manifest refers to exists, unless it is a foreign layer.
  const take = (index: number): void => {
    if (there.has(index) || list[index] === undefined) return;
    there.add(index);
    if (!list[index].blob) list[index].parts.forEach(take);
  };
  held.forEach((it, index) => {
    if (it.there) take(index);
  });
  const manifests: ManifestView[] = [];
  const blobs: BlobView[] = [];
  const tagged = new Set<Digest>();
  for (const index of [...there].sort((a, b) => a - b)) {
    const node = list[index];
    const digest = nodeDigest(index);
    const usedAt = now - (held[index]?.age ?? 0);
    if (node === undefined) continue;
    if (node.blob) {
      blobs.push({ digest, size: index, usedAt, writtenAt: 0 });
      continue;
    }
    if (held[index]?.tagged === true) tagged.add(digest);
    const subject = node.subject === undefined ? undefined : nodeDigest(node.subject);
    manifests.push({
      digest,
      size: index,
      parts: node.parts.map(nodeDigest),
      subject,
      usedAt,
      writtenAt: 0,
    });
  }
  return { name, tagged, manifests, blobs };
}

function nodeDigest(index: number): Digest {
  return digestOf(`node ${index}`);
}

function collect(world: World): { removals: readonly Removals[]; after: RepositoryView[] } {
  const { graceMs, leaseMs, perRepository, views } = world;
  const policy = perRepository ? "per-repository" : "untagged";
  const removals = planCollection(policy, { now: () => now, graceMs, leaseMs })(views);
  const after = views.map((view) => {
    const goes = removals.find(({ repository }) => repository === view.name);
    return {
      ...view,
      manifests: view.manifests.filter(({ digest }) => !goes?.manifests.includes(digest)),
      blobs: view.blobs.filter(({ digest }) => !goes?.blobs.includes(digest)),
    };
  });
  return { removals, after };
}

function holds(view: RepositoryView | undefined, digest: Digest): boolean {
  return [...(view?.manifests ?? []), ...(view?.blobs ?? [])].some((it) => it.digest === digest);
}

/** Everything that a manifest refers to at any depth and that existed, including itself. */
function treeOf(view: RepositoryView, digest: Digest): Digest[] {
  const manifest = view.manifests.find((it) => it.digest === digest);
  const parts = (manifest?.parts ?? []).flatMap((part) => treeOf(view, part));
  return holds(view, digest) ? [digest, ...parts] : parts;
}

function subjectOf(entry: ManifestView | BlobView): Digest[] {
  return "parts" in entry && entry.subject !== undefined ? [entry.subject] : [];
}

/** Enough runs to reach each branch of the policy hundreds of times. */
const runs = { numRuns: 3_000 };

test("after a collection every tag still names a complete tree", () => {
  fc.assert(
    fc.property(worlds, (world) => {
      const { after } = collect(world);
      world.views.forEach((view, index) => {
        const needed = [...view.tagged].flatMap((digest) => treeOf(view, digest));
        expect(needed.filter((digest) => !holds(after[index], digest))).toEqual([]);
      });
    }),
    runs,
  );
});

test("every manifest that is kept has its tree and its referrers", () => {
  fc.assert(
    fc.property(worlds, (world) => {
      const { after } = collect(world);
      world.views.forEach((view, index) => {
        const stay = after[index]?.manifests ?? [];
        const needed = stay.flatMap(({ digest }) => [
          ...treeOf(view, digest),
          ...view.manifests.filter(({ subject }) => subject === digest).map((it) => it.digest),
        ]);
        expect(needed.filter((digest) => !holds(after[index], digest))).toEqual([]);
      });
    }),
    runs,
  );
});

test("nothing within its lease is deleted, nor what it refers to", () => {
  fc.assert(
    fc.property(worlds, (world) => {
      const { after } = collect(world);
      world.views.forEach((view, index) => {
        const leased = [...view.manifests, ...view.blobs].filter(
          ({ usedAt }) => now - usedAt < world.leaseMs,
        );
        const needed = leased.flatMap((it) => [
          ...treeOf(view, it.digest),
          ...subjectOf(it).flatMap((subject) => treeOf(view, subject)),
        ]);
        expect(needed.filter((digest) => !holds(after[index], digest))).toEqual([]);
      });
    }),
    runs,
  );
});

test("what is deleted is past its grace or follows its subject, and no tag that counts names it", () => {
  fc.assert(
    fc.property(worlds, (world) => {
      const { removals } = collect(world);
      const anywhere = new Set(world.views.flatMap(({ tagged }) => [...tagged]));
      for (const { repository, manifests, blobs } of removals) {
        const view = world.views.find(({ name }) => name === repository);
        const counted = world.perRepository ? view?.tagged : anywhere;
        const wrongly = [...(view?.manifests ?? []), ...(view?.blobs ?? [])].filter((it) => {
          if (![...manifests, ...blobs].includes(it.digest)) return false;
          const withSubject = subjectOf(it).some((subject) => manifests.includes(subject));
          const young = now - it.usedAt < world.graceMs;
          return counted?.has(it.digest) === true || (young && !withSubject);
        });
        expect(wrongly).toEqual([]);
      }
    }),
    runs,
  );
});

test("without grace and lease, a repository keeps only what its tags lead to", () => {
  fc.assert(
    fc.property(worlds, (given) => {
      const world = { ...given, graceMs: 0, leaseMs: 0, perRepository: true };
      const { after } = collect(world);
      world.views.forEach((view, index) => {
        const reached = new Set([...view.tagged].flatMap((digest) => treeOf(view, digest)));
        for (let before = -1; before !== reached.size; ) {
          before = reached.size;
          for (const { digest, subject } of view.manifests) {
            if (subject === undefined || !leadsTo(view, reached, subject)) continue;
            for (const more of treeOf(view, digest)) reached.add(more);
          }
        }
        const stays = [...(after[index]?.manifests ?? []), ...(after[index]?.blobs ?? [])];
        expect(stays.map(({ digest }) => digest).sort()).toEqual([...reached].sort());
      });
    }),
    runs,
  );
});

test("a second collection right after deletes nothing more", () => {
  fc.assert(
    fc.property(worlds, (world) => {
      const { after } = collect(world);
      expect(collect({ ...world, views: after }).removals).toEqual([]);
    }),
    runs,
  );
});

/** A subject counts if something that is kept names it, even if it was never pushed itself. */
function leadsTo(view: RepositoryView, reached: ReadonlySet<Digest>, subject: Digest): boolean {
  return (
    reached.has(subject) ||
    view.manifests.some(({ digest, parts }) => reached.has(digest) && parts.includes(subject))
  );
}
