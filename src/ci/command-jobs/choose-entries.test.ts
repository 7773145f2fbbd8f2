import { expect, it } from "vitest";
import type { JobConfig, JobEntry } from "../../config/jobs/job-config.ts";
import { cacheKeysOf, type Checkout } from "./cache-keys.ts";
import { chooseEntries } from "./choose-entries.ts";

function entryOf(name: string, changes: Partial<JobEntry> = {}): JobEntry {
  const inputs = [`src/${name}/**`, "!src/**/*.md", "Makefile"];
  const base = {
    name,
    runner: "m",
    inputs,
    env: {},
    caches: [],
    dirs: [],
    run: "x",
    artifacts: undefined,
  };
  return { ...base, ...changes };
}

function jobOf(...entries: JobEntry[]): JobConfig {
  return { name: "darwin", file: "m.yml", entries };
}

const both = jobOf(entryOf("a"), entryOf("b"));

it.each<[string, readonly string[], readonly JobConfig[] | undefined, string[]]>([
  ["a file of one", ["src/a/x.c"], undefined, ["a"]],
  ["a file of all", ["Makefile"], undefined, ["a", "b"]],
  ["a file that is left out", ["src/a/x.md"], undefined, []],
  ["another file", ["docs/x"], undefined, []],
  ["the matrix, not the entries", ["m.yml"], [both], []],
  ["a new entry", ["m.yml"], [jobOf(entryOf("a"))], ["b"]],
  ["an entry's command", ["m.yml"], [jobOf(entryOf("a", { run: "y" }), entryOf("b"))], ["a"]],
  ["everything, after an invalid config", ["layerkeep.yml"], [], ["a", "b"]],
])("a change of %s runs the entries that it affects", (_, paths, before, names) => {
  const [job] = chooseEntries([both], { paths, before });
  expect(job?.entries.map(({ name }) => name)).toEqual(names);
});

it("an entry without inputs depends on every file", () => {
  const job = jobOf(entryOf("a", { inputs: [] }));
  expect(chooseEntries([job], { paths: ["x"], before: undefined })[0]?.entries).toHaveLength(1);
  expect(chooseEntries([job], { paths: [], before: undefined })[0]?.entries).toHaveLength(0);
});

const caches: JobEntry["caches"] = [
  { kind: "go", sums: ["**/go.sum"], size: 1 },
  { kind: "homebrew", formulas: ["f"], cellar: [], size: 1 },
  { kind: "ccache", version: { file: "a/Makefile", pattern: "^V=(.*)$" }, size: 1 },
  { kind: "pip", requirements: ["a/*.txt"], size: 1 },
];

function keysFor(
  files: Readonly<Record<string, string>>,
  { epoch = "2026-W47", given = caches } = {},
) {
  const checkout: Checkout = {
    files: new Map(Object.entries(files)),
    readText: (path) => Promise.resolve(files[path]),
    epoch,
  };
  return cacheKeysOf(jobOf(entryOf("a", { caches: given })), checkout).then((keys) =>
    keys.get("a"),
  );
}

const all = { "x/go.sum": "1", "a/Makefile": "A=0\nV=b12\n", "a/r.txt": "1", other: "1" };

it("keys follow the content of the files that they are made of, and nothing else", async () => {
  const keys = await keysFor(all);
  expect(keys?.ccache).toBe("b12");
  expect(keys?.homebrew).toMatch(/^2026-W47-[0-9a-f]{20}$/);
  expect(await keysFor({ ...all, other: "2" })).toEqual(keys);
  const changed = await keysFor({ ...all, "x/go.sum": "2" });
  expect(changed).toEqual({ ...keys, go: changed?.go });
  expect(changed?.go).not.toBe(keys?.go);
});

it("a cache of ccache without a version begins again with an epoch", async () => {
  const given: JobEntry["caches"] = [{ kind: "ccache", version: undefined, size: 1 }];
  expect(await keysFor(all, { given })).toEqual({ ccache: "2026-W47" });
  expect(await keysFor(all, { given, epoch: "2026-W48" })).toEqual({ ccache: "2026-W48" });
});

it("a cache that no entry has is an error, and so is a version that is not found", async () => {
  const without = Object.entries(all).filter(([path]) => path !== "a/r.txt");
  await expect(keysFor(Object.fromEntries(without))).rejects.toThrow(
    "jobs.darwin: no files found for the pip cache key",
  );
  await expect(keysFor({ ...all, "a/Makefile": "W=1" })).rejects.toThrow(
    'the pattern "^V=(.*)$" matches nothing in a/Makefile',
  );
  await expect(keysFor({ ...all, "a/Makefile": "V=a b" })).rejects.toThrow("finds no version");
});
