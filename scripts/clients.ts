/**
 * `npm run clients`: real clients of `layerkeep dir serve`. ccache and sccache build a C program of
 * 200 files three times: cold, warm with nothing left on this machine, and warm again in a run that
 * may only read; GitHub's `@actions/cache`, from npm, saves and restores folders. Prints what they
 * hit, and exits with 1 if that is not all.
 */
import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { actionsCacheClient } from "../test/support/actions-cache-client.ts";
import { cacheHome, layerkeep } from "../test/support/cli.ts";
import { buildBy, compilerProject, type CompilerStats } from "../test/support/compilers.ts";
import { githubEnv, pullRequest } from "../test/support/github.ts";
import { createProject } from "../test/support/project.ts";
import { startEmbedded } from "../test/support/registries.ts";

const client = "@actions/cache@6.3.0";
const { values } = parseArgs({ options: { files: { type: "string", default: "200" } } });
const files = Number(values.files);

await using registry = await startEmbedded();
using project = createProject((id) => ({
  "layerkeep.yml": `cache: ${registry.host}/${id}/cache\nvariants:\n  core: {}\n`,
  Dockerfile: "FROM scratch\n",
  "client.mjs": actionsCacheClient,
  ...compilerProject(files),
}));
const payload = pullRequest(project, "someone/app");
const untrusted = githubEnv(project, { event: "pull_request", ref: "refs/pull/5/merge", payload });
const ccacheFolder = join(project.outside, "ccache");

/** Runs a command in `dir serve` on a machine that has nothing yet. */
async function serve(key: string, args: readonly string[], env = {}) {
  for (const folder of [ccacheFolder, cacheHome(project)]) {
    rmSync(folder, { recursive: true, force: true });
  }
  const began = performance.now();
  const all = { CCACHE_DIR: ccacheFolder, ...env };
  const { code, stdout, stderr } = await layerkeep(project, ["dir", "serve", key, ...args], {
    env: all,
  });
  if (code !== 0) throw new Error(stderr);
  return { stdout, stderr, seconds: ((performance.now() - began) / 1000).toFixed(1) };
}

function judge(what: string, isRight: boolean): void {
  console.log(`${isRight ? "ok    " : "FAILED"}  ${what}`);
  if (!isRight) process.exitCode = 1;
}

for (const tool of ["ccache", "sccache"] as const) {
  for (const [run, env, hits] of [
    ["cold", {}, 0],
    ["warm, with nothing left on this machine", {}, files],
    ["warm, in a run that may only read", untrusted, files],
  ] as const) {
    const { stdout, seconds } = await serve(tool, buildBy(tool), env);
    const stats = JSON.parse(stdout) as CompilerStats;
    const isRight = stats.hits === hits && stats.misses === files - hits && stats.errors === 0;
    const text = `${stats.hits} hits, ${stats.misses} misses, ${stats.errors} errors`;
    judge(`${tool}, ${files} files, ${run}: ${text} (${seconds} s)`, isRight);
  }
}

execFileSync("npm", ["install", "--no-save", "--silent", client], { cwd: project.dir });

async function askClient(args: readonly string[], env = {}) {
  const { stderr, seconds } = await serve("gha", ["--", process.execPath, "client.mjs", ...args], {
    RUNNER_TEMP: project.outside,
    GITHUB_WORKSPACE: project.dir,
    ...env,
  });
  const line = stderr.split("\n").find((one) => one.startsWith("{")) ?? "{}";
  return { ...(JSON.parse(line) as { id: unknown; sha256: string | null }), seconds };
}

for (const bytes of [1e6, 200e6]) {
  const key = `linux-${bytes}`;
  const saved = await askClient(["save", `${key}-1`, String(bytes)]);
  const restored = await askClient(["restore", `${key}-`], untrusted);
  const isRight = restored.id === `${key}-1` && restored.sha256 === saved.sha256;
  const text = `${bytes / 1e6} MB saved in ${saved.seconds} s, restored in ${restored.seconds} s`;
  judge(`${client}: ${text}`, isRight && typeof saved.id === "number" && saved.id > 0);
}
const refused = await askClient(["save", "refused", "1000"], untrusted);
judge(`${client}: a run that may only read saves nothing`, refused.id === -1);
