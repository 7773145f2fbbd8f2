import { afterEach, beforeEach, expect, test } from "vitest";
import { layerkeep } from "../support/cli.ts";
import { createProject, type Project } from "../support/project.ts";
import {
  type FakeActionsCaches,
  startFakeActionsCaches,
} from "../support/providers/actions-caches.ts";

let github: FakeActionsCaches;
let project: Project;
beforeEach(async () => {
  github = await startFakeActionsCaches();
  project = createProject(() => ({}));
});
afterEach(async () => {
  await github.server[Symbol.asyncDispose]();
  project[Symbol.dispose]();
});

function run(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const GITHUB_API_URL = `http://${github.server.host}`;
  const job = { GITHUB_API_URL, GITHUB_TOKEN: "secret", GITHUB_REPOSITORY: "acme/app", ...env };
  return layerkeep(project, ["cache", "gha", ...args], { env: job });
}

test("entries of deleted branches and closed pull requests are found and freed", async () => {
  github.branches.add("main");
  github.openPulls.add(9);
  github.add("refs/heads/main", "index-app-1-12345678#1", 1000, "2026-11-20T00:00:00Z");
  github.add("refs/heads/main", "index-app-1-12345678#2", 1000);
  github.add("refs/heads/main", `buildkit-blob-1-sha256:${"a".repeat(64)}`, 5e9);
  github.add("refs/heads/old", "node-modules", 3.4e9);
  github.add("refs/pull/8/merge", "node-modules", 1e9);
  github.add("refs/pull/9/merge", "node-modules", 1e9);

  const listed = await run(["ls"]);
  expect(listed).toMatchObject({ code: 0, stderr: "" });
  expect(listed.stdout).toMatch(/^refs\/heads\/old +orphaned +1 +3.40 GB/m);
  expect(listed.stdout).toContain("6 entries, 10.4 GB of the 10.0 GB that GitHub keeps");
  expect(listed.stdout).toContain("scopes of type=gha: app");
  expect(listed.stdout).toContain("no run can use 4.40 GB of this");

  const planned = await run(["prune"]);
  expect(planned).toMatchObject({ code: 0, stderr: "" });
  expect(planned.stdout).toContain(
    "3 entries would be deleted (4.40 GB). Pass --yes to delete them",
  );
  expect(github.entries).toHaveLength(6);
  const pruned = await run(["prune", "--yes", "--json"]);
  expect(pruned).toMatchObject({ code: 0, stderr: "" });
  expect(github.entries.map(({ ref, key }) => `${ref} ${key.slice(0, 20)}`)).toEqual([
    "refs/heads/main index-app-1-12345678",
    "refs/heads/main buildkit-blob-1-sha2",
    "refs/pull/9/merge node-modules",
  ]);
  expect((await run(["prune", "--yes"])).stdout).toBe("nothing to delete\n");
});

test.each([
  [{ GITHUB_REPOSITORY: "" }, 2, "no GitHub repository given"],
  [{ GITHUB_REPOSITORY: "app" }, 2, '"app" is not a GitHub repository'],
  [{ GITHUB_TOKEN: "" }, 2, "the GitHub API needs a token"],
  [{ GITHUB_TOKEN: "wrong" }, 3, "401 GitHub answered: Bad credentials"],
  [{ GITHUB_API_URL: "http://example.org" }, 2, "http://example.org/ is not an API address"],
  [{ GITHUB_API_URL: "http://127.0.0.1:1" }, 3, "connection refused"],
])("with %j it says what is missing", async (env, code, message) => {
  const { code: ended, stderr } = await run(["ls"], env);
  expect({ ended, stderr }).toMatchObject({ ended: code });
  expect(stderr).toContain(message);
});
