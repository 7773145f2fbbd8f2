import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { hashSync } from "bcryptjs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { parseRepository } from "../../src/oci/reference.ts";
import { RegistryClient } from "../../src/registry/client.ts";
import type { AccessRules } from "../../src/server/access/rights/rights.ts";
import type { LogEntry } from "../../src/server/observe/log.ts";
import { type RunningRegistry, startRegistry } from "../../src/server/start.ts";
import { layerkeep } from "../support/cli.ts";
import { type GithubRun, githubEnv, pullRequest } from "../support/github.ts";
import { at } from "../support/json.ts";
import { createProject, type Project } from "../support/project.ts";
import { engineEnv } from "../support/small-build.ts";

/** Docker's login may do everything; that of previews may write them, and nothing else. */
const rules: AccessRules = {
  anonymous: [],
  users: new Map([
    ["docker", [{ repositories: ["**"], actions: ["pull", "push", "delete"] }]],
    ["preview", [{ repositories: ["*/previews"], actions: ["pull", "push"] }]],
  ]),
};

let project: Project;
let registry: RunningRegistry;
let entries: LogEntry[];
let docker: string;

beforeEach(async () => {
  project = createProject(() => ({ Dockerfile: "FROM scratch\nCOPY src /src\n", src: "first" }));
  const htpasswd = join(project.outside, "htpasswd");
  writeFileSync(htpasswd, `docker:${hashSync("d", 4)}\npreview:${hashSync("p", 4)}\n`);
  entries = [];
  registry = await startRegistry({
    root: join(project.outside, "registry"),
    htpasswd,
    access: { files: [], load: () => Promise.resolve(rules) },
    login: "token",
    onLog: (entry) => void entries.push(entry),
  });
  docker = dockerConfig();
  project.write({ "layerkeep.yml": config() });
  project.commit("config");
  project.git("init", "-q", "--bare", "-b", "main", "../remote");
  project.git("remote", "add", "origin", `file://${project.outside}/remote`);
  project.git("push", "-q", "origin", "main");
});

afterEach(async () => {
  await registry.close();
  project[Symbol.dispose]();
});

const config = (): string => `cache: ${registry.host}/${project.id}/cache
preview: ${registry.host}/${project.id}/previews
credentials:
  - repository: ${registry.host}/${project.id}/previews
    username-env: LAYERKEEP_PREVIEW_USER
    password-env: LAYERKEEP_PREVIEW_PASSWORD
variants: { staged: { platforms: [linux/amd64, linux/arm64] }, core: }
`;

/** Docker's login for the registry. */
function dockerConfig(): string {
  const folder = join(project.outside, "docker");
  mkdirSync(folder);
  const auth = Buffer.from("docker:d").toString("base64");
  writeFileSync(
    join(folder, "config.json"),
    JSON.stringify({ auths: { [registry.host]: { auth } } }),
  );
  return folder;
}

const run = (github: GithubRun, args: readonly string[], env: Record<string, string> = {}) =>
  layerkeep(project, args, {
    env: { ...engineEnv(), ...githubEnv(project, github), DOCKER_CONFIG: docker, ...env },
  });
const main: GithubRun = { event: "push", ref: "refs/heads/main" };
const pull = (): GithubRun => ({
  event: "pull_request",
  ref: "refs/pull/5/merge",
  payload: pullRequest(project, "acme/app"),
});

async function previewTags(): Promise<readonly string[]> {
  const credential = { kind: "basic", username: "docker", password: "d" } as const;
  await using client = new RegistryClient({ credentials: () => Promise.resolve(credential) });
  return await client.listTags(parseRepository(`${registry.host}/${project.id}/previews`));
}

/** Who was let into a repository. */
const usersOf = (name: string): readonly (string | undefined)[] => [
  ...new Set(
    entries.flatMap(({ repository, status, user }) =>
      repository === `${project.id}/${name}` && status < 400 ? [user] : [],
    ),
  ),
];

test("a preview's login is used for previews alone, and Docker's for the rest of the host", async () => {
  expect(await run(main, ["build", "staged", "--quiet"])).toMatchObject({ code: 0 });
  project.write({ Dockerfile: "FROM scratch\nCOPY src /other\n" });
  expect(await run(main, ["build", "core", "--quiet"])).toMatchObject({ code: 0 });
  project.git("checkout", "-q", "Dockerfile");
  entries.length = 0;
  const env = { LAYERKEEP_PREVIEW_USER: "preview", LAYERKEEP_PREVIEW_PASSWORD: "p" };
  const up = await run(pull(), ["up", "--json", "--quiet"], env);
  expect(up).toMatchObject({ code: 0, stderr: "" });
  expect([0, 1, 2].map((leg) => at(up.stdout, "legs", leg, "outcome"))).toEqual([
    "reused",
    "reused",
    "built",
  ]);
  expect(usersOf("previews")).toEqual(["preview"]);
  expect(usersOf("cache")).toEqual(["docker"]);
  expect(await previewTags()).toEqual([
    "pr-5",
    expect.stringMatching(/^pr-5--leg-core-amd64-/),
    "pr-5-staged",
  ]);
});

test("without the preview's login, Docker's is not used: no preview, in one line", async () => {
  for (const command of ["build", "publish", "up"]) {
    const result = await run(pull(), [command]);
    expect(result.code, result.stderr).toBe(0);
    expect(result.stderr.match(/^no preview: .*$/gm)).toEqual([
      expect.stringContaining(
        `this run is not allowed to push to ${registry.host}/${project.id}/previews: `,
      ),
    ]);
  }
  expect(usersOf("previews")).toEqual([]);
  expect(await previewTags()).toEqual([]);
});
