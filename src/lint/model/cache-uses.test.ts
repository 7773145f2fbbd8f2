import { expect, it } from "vitest";
import { corpusCases } from "../../../test/support/lint-corpus.ts";
import { readRepository } from "../files/read-repository.ts";
import { readPipeline } from "../read-pipeline.ts";
import { allRules } from "../rules/all-rules.ts";
import { cacheUses } from "./cache-uses.ts";
import { cacheReads, cacheWrites, sameCache } from "./caches.ts";

/** All uses of caches in the corpus, as if it were one repository. */
const uses = allRules
  .filter(({ id }) => id.includes("cache"))
  .flatMap(({ id }) => corpusCases(id))
  .flatMap(({ input: { root, files, paths, texts } }) => {
    const repository = readRepository(root, files, texts);
    return paths.flatMap((path) => {
      const file = repository.read(path);
      const pipeline = file === undefined ? undefined : readPipeline(file, repository).pipeline;
      return (pipeline?.scenarios ?? []).flatMap((scenario) => [
        ...(pipeline === undefined ? [] : cacheReads(pipeline, scenario)),
        ...(pipeline === undefined ? [] : cacheWrites(pipeline, scenario)),
      ]);
    });
  });

it("leaves out no use that may be of the same cache", () => {
  const { like } = cacheUses(uses);
  expect(uses.length).toBeGreaterThan(100);
  for (const use of uses) {
    const found = new Set(like(use));
    const missed = uses.filter((other) => sameCache(use, other) !== false && !found.has(other));
    expect(missed.map(({ name }) => name.text)).toEqual([]);
  }
});

it("leaves out those whose names differ", () => {
  const known = uses.filter(({ name }) => name.unknown.length === 0);
  const { like } = cacheUses(known);
  for (const use of known) {
    expect([...new Set(like(use).map(({ name }) => name.text))]).toEqual([use.name.text]);
  }
});
