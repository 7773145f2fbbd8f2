import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readLog } from "../../src/pipeline/records/build-log.ts";
import { cacheHome, layerkeep } from "../support/cli.ts";
import { testEngine } from "../support/engine.ts";
import { githubEnv } from "../support/github.ts";
import { at } from "../support/json.ts";
import { createProject, type Project } from "../support/project.ts";
import { testClient } from "../support/repository-state.ts";
import { engineEnv, smallProject } from "../support/small-build.ts";

const {
  registries: [registry],
  baseImage,
} = testEngine();
const secrets = [
  "argum3nt",
  "ghp_0123456789abcdefghij0123456789abcdef",
  "s3cr3t-of-env",
  "p4ssw0rd",
];
let project: Project;

beforeEach(() => {
  project = createProject((id) =>
    smallProject(
      `cache: ${registry}/${id}/cache
variants:
  core:
    secrets: ["id=npm,env=NPM"]
    args: {NPM_TOKEN: ${secrets[0] ?? ""}, EXTRA: ${secrets[1] ?? ""}, SOURCE: "https://u:${secrets[3] ?? ""}@h.io/x"}
`,
      {
        Dockerfile: `FROM ${baseImage.reference}
ARG NPM_TOKEN
ARG EXTRA
ARG SOURCE
RUN --mount=type=secret,id=npm echo ${id} with ${secrets[1] ?? ""} from https://u:${secrets[3] ?? ""}@h.io/x
RUN --mount=type=secret,id=npm echo ${secrets[2] ?? ""} $NPM_TOKEN >&2; TOKEN=\"argum3nt\" exit 3
`,
      },
    ),
  );
});
afterEach(() => project[Symbol.dispose]());

const run = (ref: string, ...args: string[]) =>
  layerkeep(project, args, {
    env: {
      ...engineEnv(),
      ...githubEnv(project, { event: "push", ref }),
      NPM: secrets[2] ?? "",
    },
  });

function expectNone(text: string, which = secrets): void {
  for (const secret of which) expect(text).not.toContain(secret);
}

test("the record of a build that failed keeps no secret, and no more than one line of its error", async () => {
  expect(await run("refs/heads/main", "build")).toMatchObject({ code: 1 });
  await using client = testClient();
  const records = await readLog(client, `${registry}/${project.id}/cache:log-core-amd64`);
  expectNone(JSON.stringify(records));
  const [failure] = records.map((record) => record.failure);
  // BuildKit shows the values of arguments in the names of steps.
  expect(failure?.step).toMatch(
    / RUN --mount=type=secret,id=npm echo \*\*\* \*\*\* >&2; TOKEN=\*\*\* exit 3$/,
  );
  expect(failure?.error).toBe(
    'process "/bin/sh -c echo *** $NPM_TOKEN >&2; TOKEN=*** exit 3" did not complete successfully: exit code: 3',
  );

  expect(await run("refs/heads/topic", "build")).toMatchObject({ code: 1 });
  const folder = join(cacheHome(project), "layerkeep/records");
  const [name = ""] = readdirSync(folder);
  const local = readFileSync(join(folder, name), "utf8");
  expect(at(local, "result")).toBe("failed");
  // An untrusted run is given no secret, so it does not know this one, which the Dockerfile has.
  expectNone(
    local,
    secrets.filter((secret) => secret !== "s3cr3t-of-env"),
  );
});

test.each([
  [["--progress", "plain"], / \|   \*{3} \*{3}\n/],
  [["--progress", "rawjson"], /"type":"output".*"line":"\*{3} \*{3}"/],
  [["--progress", "quiet"], /\n {2}\| \*{3} \*{3}\n/],
  [[], /^::group::core(?:.*\n)+ {2}\*{3} \*{3}\n/m],
  [["--json", "--quiet"], /^/],
])("what %j shows of a build that failed has no secret", async (args, shown) => {
  const { code, stdout, stderr } = await run("refs/heads/main", "build", ...args);
  expect(code).toBe(1);
  expect(stderr).toMatch(shown);
  if (args.includes("--json")) {
    expect(at(stdout, "legs", 0, "step", "log")).toEqual(["*** ***"]);
  }
  expectNone(stdout + stderr);
});

test("a plan's parts show secrets by their digest alone, and it warns of arguments that are named like one", async () => {
  const planned = await run("refs/heads/main", "plan", "--json", "--quiet");
  expectNone(JSON.stringify(at(planned.stdout, "legs", 0, "input")));
  expectNone(JSON.stringify(at(planned.stdout, "warnings")));
  expect(at(planned.stdout, "warnings")).toContain(
    "core: the argument NPM_TOKEN looks like a secret, but anyone can read it in the plan, the image's history and its provenance. Pass it under secrets: instead",
  );
  const explained = await run("refs/heads/main", "plan", "--explain");
  expectNone(explained.stdout);
});
