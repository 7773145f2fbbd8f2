import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  fixtureFolder,
  generatedFindings,
  migrateFixture,
  placed,
} from "../../../test/support/migrate/fixture.ts";

/* Two repositories in the shape of real ones, as their workflows were before they were mended. */

function expected(name: string): string {
  return readFileSync(join(fixtureFolder(name), "expected.yml"), "utf8");
}

const onlyRead = {
  message: "caches are now only read, but were written before",
  runs: ["a push of the tag v1.2.3", "a push of the tag v1.2.3-rc.1"],
};

describe("two variants for two registries, released by tags", () => {
  const name = "two-variants";

  it("become a config that publishes the same", async () => {
    const migration = await migrateFixture(name);
    expect(migration.config).toBe(expected(name));
    expect(migration).toMatchObject({ lost: [], problems: [], differences: [onlyRead] });
    expect(migration.carried).toEqual({
      variants: 2,
      legs: 4,
      repositories: ["docker.io/example/indexer", "ghcr.io/example/indexer"],
      runs: [
        ...[
          "a push of the tag v1.2.3",
          "a push of the tag v1.2.3-rc.1",
          "a manual run on main",
          "a push to main",
        ],
      ],
    });
  });

  it("get workflows without a finding", async () => {
    expect(await generatedFindings(name)).toEqual([]);
  });
});

describe("a matrix of legs that are pushed by digest and merged", () => {
  const name = "digest-merge";

  it("becomes one matrix of variants that publishes the same", async () => {
    const migration = await migrateFixture(name);
    expect(migration.config).toBe(expected(name));
    expect(migration).toMatchObject({ problems: [], differences: [onlyRead] });
    expect(migration.carried).toMatchObject({
      variants: 7,
      legs: 10,
      repositories: ["docker.io/example/backends", "quay.io/example/backends"],
    });
  });

  it("leaves the jobs on macOS to the config's jobs", async () => {
    const { lost } = await migrateFixture(name);
    expect(lost.map(placed)).toEqual([
      ".github/workflows/backends.yml:69: the job darwin-jobs does not build images with BuildKit",
    ]);
    expect(
      lost[0]?.hint,
    ).toBe(`to run it in the workflow of \`layerkeep ci github\`, add this to the config:
jobs:
  darwin-jobs:
    matrix: .github/workflows/backends.yml
    at: jobs.darwin-jobs.strategy.matrix
    name: "{backend}"
    runner: macos-15
    run: make build-darwin-backend BACKEND={backend}
    artifacts:
      path: backend-images/{backend}.tar`);
  });

  it("gets workflows without a finding", async () => {
    expect(await generatedFindings(name)).toEqual([]);
  });
});
