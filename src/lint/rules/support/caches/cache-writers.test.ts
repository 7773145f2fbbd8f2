import { expect, it } from "vitest";
import { inputOf } from "../../../../../test/support/lint.ts";
import { readRepository } from "../../../files/read-repository.ts";
import { type CacheUse, cacheWrites } from "../../../model/caches.ts";
import { readPipeline } from "../../../read-pipeline.ts";
import { cacheWriters } from "./cache-writers.ts";

/** The writes of a matrix of so many rows, with the text of what differs between them. */
function writesOf(rows: number, input: string): readonly CacheUse[] {
  const list = Array.from({ length: rows }, (_, at) => at).join(", ");
  const text = `on: push
jobs:
  a:
    runs-on: ubuntu-24.04
    strategy: {matrix: {row: [${list}]}}
    steps:
      - uses: docker/build-push-action@v6
        with: {cache-to: "type=registry,ref=acme/cache:x", ${input}}
`;
  const { root, files, texts } = inputOf({ "a.yml": text });
  const repository = readRepository(root, files, texts);
  const file = repository.read("a.yml");
  const pipeline = file === undefined ? undefined : readPipeline(file, repository).pipeline;
  const [scenario] = pipeline?.scenarios ?? [];
  if (pipeline === undefined || scenario === undefined) throw new Error("no pipeline");
  return cacheWrites(pipeline, scenario);
}

const differing = 'build-args: "ROW=${{ matrix.row }}"';

it("finds another build that writes the same cache, and none that is the same build", () => {
  const different = writesOf(3, differing);
  const { others } = cacheWriters(different);
  expect(different.map((write) => others(write).first())).toEqual([
    different[1],
    different[0],
    different[0],
  ]);
  const same = writesOf(3, "context: .");
  expect(same.map((write) => cacheWriters(same).others(write).first())).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});

it("looks at each of many writes a few times, and does not compare all pairs", () => {
  const rows = 800;
  let looks = 0;
  const counted = writesOf(rows, differing).map((write): CacheUse => {
    const { name, ...others } = write;
    return {
      ...others,
      get name() {
        looks += 1;
        return name;
      },
    };
  });
  expect(counted.length).toBe(rows);
  const { others } = cacheWriters(counted);
  for (const write of counted) {
    expect(others(write).first()).toBeDefined();
    expect(others(write).every(() => false)).toBe(false);
  }
  expect(looks).toBeLessThan(40 * rows);
});
