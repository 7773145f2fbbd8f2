import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterEach, beforeEach, expect, test } from "vitest";
import { localStore } from "../../src/cache/store/local-store.ts";
import { digestOf } from "../../src/oci/digest.ts";
import { type CliResult, layerkeep } from "../support/cli.ts";
import { testEngine } from "../support/engine.ts";
import { githubEnv } from "../support/github.ts";
import { createProject, type Project } from "../support/project.ts";
import { type ScriptedServer, startScript } from "../support/scripted-server.ts";
import { engineEnv, smallProject } from "../support/small-build.ts";

/** Whatever a terminal acts on, or a CI's runner takes for a command. */
const actedOn =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]|##[\w.-]*\[|^[^\S\n]*::/m;
const hostile = [
  "\u001b[2J\u001b]0;title\u0007 \u009b31m \u202e",
  "::error::pwned",
  "##vso[task.setvariable variable=x]y",
  "##teamcity[buildStop comment='x']",
  "x ##[error]y ###[z]",
  "section_start:1:a\r\u001b[0Kx",
].join("\n");

const {
  registries: [registry],
  baseImage,
} = testEngine();
let project: Project;
beforeEach(() => {
  project = createProject((id) =>
    smallProject(`cache: ${registry}/${id}/cache\nvariants: {core: }\n`),
  );
});
afterEach(() => project[Symbol.dispose]());

/** The result, once nothing in it is acted on. */
function harmlessResult(result: CliResult): CliResult {
  expect(result.stdout).not.toMatch(actedOn);
  expect(result.stderr).not.toMatch(actedOn);
  return result;
}

const cli = async (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  harmlessResult(await layerkeep(project, args, { env: { ...engineEnv(), ...env } }));

/** A registry whose every answer, and every tag, is hostile. */
function hostileRegistry(status: number): Promise<ScriptedServer> {
  const errors = [{ code: hostile, message: hostile }];
  return startScript(({ url }) => {
    if (url === "/v2/") return { status: 200 };
    if (!url.includes("/tags/list")) return { status, body: JSON.stringify({ errors }) };
    return { status: 200, body: JSON.stringify({ name: hostile, tags: [hostile, "cache-core"] }) };
  });
}

test.each([403, 404])("nothing that a registry answers with %i is acted on", async (status) => {
  await using server = await hostileRegistry(status);
  const reference = `${server.host}/acme/cache:x`;
  project.write({ "layerkeep.yml": `cache: ${server.host}/acme/cache\nvariants: {core: }\n` });
  const commands = [
    ["plan"],
    ["plan", "--explain"],
    ["plan", "--json"],
    ["explain"],
    ["cache", "ls"],
    ["cache", "ls", "--json"],
    ["cache", "du"],
    ["cache", "prune", "--orphaned", "1d"],
    ["cache", "inspect", reference],
    ["cache", "inspect", reference, "--dot"],
    ["cache", "verify", reference],
    ["cache", "verify", reference, "--json"],
    ["cache", "copy", reference, "type=local,dest=copied"],
    ["doctor", "registry", `${server.host}/acme/cache`],
    ["doctor", "registry", `${server.host}/acme/cache`, "--json"],
    ["publish"],
  ];
  for (const command of commands) await cli(command);
  expect(server.seen.length).toBeGreaterThan(commands.length);
});

test("nothing that a cache holds is acted on, and its JSON has the same values", async () => {
  const bytes = Buffer.from("a layer");
  const digest = digestOf(bytes);
  const key = "##vso[a]\u001b[2J";
  const mediaType = "application/vnd.oci.image.layer.v1.tar+gzip";
  const annotations = { "buildkit/createdat": hostile, other: hostile };
  const records = [
    { digest: key, layers: [{ layer: 0 }], chains: [], inputs: [] },
    { digest: "##[b]", layers: [], chains: [], inputs: [[{ link: 0, selector: hostile }]] },
  ];
  const cache = {
    config: { layers: [{ blob: digest, parent: -1 }], records },
    blobs: new Map([[digest, { mediaType, digest, size: bytes.length, annotations }]]),
  };
  const source = { openBlob: () => Promise.resolve(Readable.from([bytes])) };
  await localStore(join(project.dir, "kept")).write(cache, source);
  const name = "type=local,src=kept";
  const drawn = await cli(["cache", "inspect", name, "--dot"]);
  expect(drawn.stdout).toContain('r0 [label="# #vso[a]');
  for (const flag of ["--tree", "--json"]) await cli(["cache", "inspect", name, flag]);
  await cli(["cache", "inspect", name]);
  await cli(["cache", "verify", name]);
  await cli(["cache", "diff", name, name]);
});

/**
 * What Layerkeep itself tells GitHub's runner is one line, which holds the whole failure, and what
 * begins and ends the leg's group.
 */
async function failedOnGithub(args: readonly string[], github: Readonly<Record<string, string>>) {
  const result = await layerkeep(project, args, { env: { ...engineEnv(), ...github } });
  expect(result.code).toBe(1);
  const own = /^::error::core\/linux\/amd64 failed: .*$/m;
  expect(result.stderr).toMatch(own);
  const rest = result.stderr
    .replace(own, (line) => line.slice("::error::".length))
    .replace(/^::group::(?=core\/linux\/amd64$)|^::endgroup::$/gm, "");
  return harmlessResult({ ...result, stderr: rest });
}

test("nothing that a Dockerfile or its build prints is acted on, in CI's summary neither", async () => {
  const printed = hostile.replaceAll("\\", "").replaceAll("'", "");
  const encoded = Buffer.from(printed).toString("base64");
  project.write({
    Dockerfile: `FROM ${baseImage.reference}
LABEL a="##vso[task.complete] ::error::x \u001b[2J"
RUN echo "##teamcity[x] ##vso[y]" && echo ${encoded} | base64 -d && echo ::error::z
RUN echo "::warning::##[error]" \\
::notice::x && exit 1
`,
  });
  project.commit("hostile");
  const github = githubEnv(project, { event: "push", ref: "refs/heads/main" });
  const built = await failedOnGithub(["build"], github);
  expect(built.stderr).toContain("# #vso[y]");
  const asJson = await failedOnGithub(["build", "--json"], github);
  expect(asJson.stdout).not.toContain("##");
  await cli(["explain"], github);
  await cli(["explain", "--json"], github);
  const summary = readFileSync(github["GITHUB_STEP_SUMMARY"] ?? "", "utf8");
  expect(summary).not.toMatch(actedOn);
});
