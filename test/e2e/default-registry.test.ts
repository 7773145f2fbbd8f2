import { execFile } from "node:child_process";
import { createServer, type Server } from "node:http";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { cacheHome, layerkeep, startLayerkeep } from "../support/cli.ts";
import { testEngine } from "../support/engine.ts";
import { at } from "../support/json.ts";
import { createProject, type Project } from "../support/project.ts";
import { engineEnv, smallProject } from "../support/small-build.ts";
import { tagsOf } from "../support/repository-state.ts";

/** The registry that commands share if the config names no cache repository. */

const execute = promisify(execFile);
const config = "publish: ghcr.io/acme/app\nvariants:\n  core: {}\n";
let project: Project;

beforeEach(() => {
  project = createProject((id) => smallProject(config, { src: `${id}\n` }));
});
afterEach(async () => {
  await layerkeep(project, ["registry", "stop", "--force"]);
  project[Symbol.dispose]();
});

const env = engineEnv();
const run = (...args: string[]) => layerkeep(project, args, { env });
const files = () => join(cacheHome(project), "layerkeep/registry-server");
const docker = async (...args: string[]): Promise<string> =>
  (await execute("docker", args, { env: { ...process.env, ...testEngine().env } })).stdout;

/** What `registry status` prints. */
async function status(): Promise<string> {
  return (await layerkeep(project, ["registry", "status", "--json"])).stdout;
}

async function isRunning(): Promise<boolean> {
  return at(await status(), "running") === true;
}

describe("all commands use one registry", () => {
  test("plan, explain, build, publish, stale and cache find what up has staged", async () => {
    const before = await run("plan", "--json");
    expect(at(before.stdout, "legs", 0)).toMatchObject({
      action: "build",
      reason: "no leg with these inputs is staged",
    });
    // Nothing is stored, so nothing has to run.
    expect(await isRunning()).toBe(false);

    const up = await run("up", "--json", "--quiet");
    expect(up.code).toBe(0);
    const digest = at(up.stdout, "legs", 0, "digest");

    const plan = await run("plan", "--json");
    expect(at(plan.stdout, "legs", 0, "action")).toBe("reuse");
    expect(at(plan.stdout, "cacheRepository")).toBe(at(before.stdout, "cacheRepository"));
    const build = await run("build", "--json", "--quiet");
    expect(at(build.stdout, "legs", 0)).toMatchObject({ outcome: "reused", digest });
    const publish = await run("publish", "--json", "--quiet");
    expect(publish.code).toBe(0);
    expect(at(publish.stdout, "published", 0, "digest")).toBe(
      at(up.stdout, "published", 0, "digest"),
    );
    expect((await run("stale")).code).toBe(0);
    expect((await run("explain", "core")).stdout).toContain("core/linux/amd64");
    expect((await run("logs", "core")).stdout).toContain("RUN echo heavy");
    const caches = await run("cache", "ls", "--all", "--json");
    expect(at(caches.stdout, "repository")).toBe(at(plan.stdout, "cacheRepository"));
    await run("registry", "stop");
    const cache = String(at(plan.stdout, "legs", 0, "cache", "to", 0, "attributes", "ref"));
    expect((await run("cache", "verify", cache)).code).toBe(0);
    const dry = await run("up", "--dry-run", "--json");
    expect(at(dry.stdout, "legs", 0, "action")).toBe("reuse");
  });

  test("build stages there, and a plan from a file is built there", async () => {
    const file = join(project.outside, "plan.json");
    expect((await run("plan", "--output", file, "--quiet")).code).toBe(0);
    const build = await run("build", "--plan", file, "--json", "--quiet");
    expect(at(build.stdout, "legs", 0, "outcome")).toBe("built");
    expect(at((await run("plan", "--json")).stdout, "legs", 0, "action")).toBe("reuse");
  });

  test("a plan from a file that would write elsewhere needs --write", async () => {
    const file = join(project.outside, "plan.json");
    await run("plan", "--output", file, "--quiet");
    const text = readFileSync(file, "utf8");
    const repository = String(at(text, "cacheRepository"));
    writeFileSync(file, text.replaceAll(`${repository}:`, "ghcr.io/acme/cache:"));
    const build = await run("build", "--plan", file);
    expect(build.code).toBe(2);
    expect(build.stderr).toMatch(
      /^error: the plan would write to ghcr\.io\/acme\/cache:\S+, but this run writes only to 127\.0\.0\.1:\d+\/app-/,
    );
  });

  test("in CI without cache: nothing is planned to be staged on the runner", async () => {
    await run("up", "--quiet");
    const ci = await layerkeep(project, ["plan", "--json"], { env: { ...env, CI: "true" } });
    expect(at(ci.stdout, "cacheRepository")).toBeNull();
  });

  test("in CI without cache: up stages on the runner, says so, and leaves no process", async () => {
    project.write({ "layerkeep.yml": "variants:\n  core: {}\n" });
    const ci = { env: { ...env, CI: "true" } };
    const up = await layerkeep(project, ["up", "--write"], ci);
    expect(up).toMatchObject({ code: 0 });
    expect(up.stderr).toContain(
      "warning: the config has no cache repository, so built legs are kept only on this runner",
    );
    await expect.poll(isRunning, { timeout: 10_000 }).toBe(false);
  });

  test("with cache: a local up says that it writes to no registry", async () => {
    project.write({ "layerkeep.yml": `cache: ghcr.io/acme/cache\n${config}` });
    const plan = await run("plan");
    expect(plan.stdout).toContain("without --write, it writes to no registry");
    expect(plan.stdout + plan.stderr).not.toContain("embedded registry");
    const load = await run("up", "--load");
    expect(load).toMatchObject({ code: 2 });
    expect(load.stderr).toContain("hint: add --local to stage them in the embedded registry");
  });
});

describe("commands at once", () => {
  test("in one checkout and in two, they share one server", async () => {
    using other = createProject((id) => smallProject(config, { src: `${id}\n` }));
    const shared = { env: { ...env, XDG_CACHE_HOME: cacheHome(project) } };
    const results = await Promise.all([
      run("up", "--json", "--quiet"),
      run("up", "--json", "--quiet"),
      layerkeep(other, ["up", "--json", "--quiet"], shared),
    ]);
    for (const result of results) expect(result).toMatchObject({ code: 0 });
    const hosts = results.map(
      ({ stdout }) => String(at(stdout, "published", 0, "targets", 0, "repository")).split("/")[0],
    );
    expect(new Set(hosts).size).toBe(1);
    // Each checkout has a repository of its own.
    const plans = [await run("plan", "--json"), await layerkeep(other, ["plan", "--json"], shared)];
    const repositories = plans.map(({ stdout }) => at(stdout, "cacheRepository"));
    expect(new Set(repositories).size).toBe(2);
    for (const plan of plans) expect(at(plan.stdout, "legs", 0, "action")).toBe("reuse");
  });

  test("a server that is killed during an up is started again at the same address", async () => {
    project.write({
      Dockerfile: `FROM ${testEngine().baseImage.reference}\nRUN sleep 4 && echo ${project.id} > /x\n`,
    });
    const up = startLayerkeep(project, ["up", "--json"], { env });
    await up.saysOnStderr(/RUN sleep/);
    const before = await status();
    expect(at(before, "commands", 0)).toMatchObject({ command: "up", pid: up.pid });
    process.kill(Number(at(before, "pid")), "SIGKILL");
    const result = await up.ended;
    expect(result.stderr).toContain("the embedded registry ended unexpectedly; starting it again");
    expect(result).toMatchObject({ code: 0 });
    expect(at(result.stdout, "legs", 0, "outcome")).toBe("built");
    const after = await status();
    expect(at(after, "host")).toBe(at(before, "host"));
    expect(at(after, "pid")).not.toBe(at(before, "pid"));
  });
});

describe("the server", () => {
  test("stops when it was not used for a while, and comes back at the same address", async () => {
    const idle = { env: { ...env, LAYERKEEP_REGISTRY_IDLE: "1s" } };
    const up = await layerkeep(project, ["up", "--json", "--quiet"], idle);
    const repository = String(at(up.stdout, "published", 0, "targets", 0, "repository"));
    await expect.poll(isRunning, { timeout: 10_000, interval: 200 }).toBe(false);
    expect(at((await run("plan", "--json")).stdout, "legs", 0, "action")).toBe("reuse");
    expect(Object.keys(await tagsOf(repository))).toEqual(["main"]);
  });

  test("is shown by status and stopped by stop, but not while it is used", async () => {
    expect((await run("registry", "stop")).stdout).toBe("the registry is not running\n");
    expect((await run("registry", "status")).stdout).toContain("not running");
    project.write({
      Dockerfile: `FROM ${testEngine().baseImage.reference}\nRUN sleep 3 && echo ${project.id} > /x\n`,
    });
    const up = startLayerkeep(project, ["up"], { env });
    await up.saysOnStderr(/RUN sleep/);
    const shown = await run("registry", "status");
    expect(shown.stdout).toContain(`used by:  layerkeep up (process ${up.pid})`);
    const refused = await run("registry", "stop");
    expect(refused).toMatchObject({ code: 2, stdout: "" });
    expect(refused.stderr).toBe(
      `error: the embedded registry is in use by up (process ${up.pid})\nhint: wait until that has finished, or pass --force to stop the registry anyway\n`,
    );
    expect((await up.ended).code).toBe(0);
    const pid = Number(at(await status(), "pid"));
    const stopped = await run("registry", "stop", "--json");
    expect(at(stopped.stdout, "stopped")).toBe(true);
    await expect.poll(() => exists(pid), { timeout: 10_000 }).toBe(false);
  });

  test("moves to another port if its own is taken, and says so", async () => {
    await run("up", "--quiet");
    await run("registry", "stop");
    const host = readFileSync(join(files(), "address"), "utf8").trim();
    const other = await occupy(host);
    try {
      const plan = await run("plan", "--json");
      expect(plan.stderr).toMatch(
        new RegExp(`^warning: another program uses ${host}, so this machine's registry is now at`),
      );
      expect(at(plan.stdout, "legs", 0, "action")).toBe("reuse");
      expect(at(plan.stdout, "cacheRepository")).not.toContain(host);
      // It is told once, and then the new address is the usual one.
      expect((await run("plan", "--json")).stderr).not.toContain("another program");
    } finally {
      other.close();
    }
  });

  test("of another version is replaced once it is idle", async () => {
    await run("up", "--quiet");
    const file = join(files(), "state.json");
    writeFileSync(file, readFileSync(file, "utf8").replace(/"version":"[^"]+"/, '"version":"0"'));
    const before = at(await status(), "pid");
    expect(at((await run("plan", "--json")).stdout, "legs", 0, "action")).toBe("reuse");
    expect(at(await status(), "pid")).not.toBe(before);
  });

  test("is not believed if its state is left over from one that was killed", async () => {
    await run("up", "--quiet");
    const text = await status();
    process.kill(Number(at(text, "pid")), "SIGKILL");
    expect(await isRunning()).toBe(false);
    const plan = await run("plan", "--json");
    expect(at(plan.stdout, "legs", 0, "action")).toBe("reuse");
    expect(at(await status(), "host")).toBe(at(text, "host"));
  });

  test("ends when its files are deleted", async () => {
    await run("up", "--quiet");
    const pid = Number(at(await status(), "pid"));
    rmSync(cacheHome(project), { recursive: true, force: true });
    await expect.poll(() => exists(pid), { timeout: 10_000 }).toBe(false);
  });

  test("starts again with an empty folder if its folder was deleted, and then builds again", async () => {
    await run("up", "--quiet");
    const before = await status();
    rmSync(join(cacheHome(project), "layerkeep/registry"), { recursive: true });
    // Nothing is served from memory.
    expect(at((await run("plan", "--json")).stdout, "legs", 0, "action")).toBe("build");
    const up = await run("up", "--json", "--quiet");
    expect(up.code).toBe(0);
    expect(up.stderr).not.toContain("another program");
    expect(at(up.stdout, "legs", 0, "outcome")).toBe("built");
    const after = await status();
    expect(at(after, "pid")).not.toBe(at(before, "pid"));
    expect(at(after, "host")).toBe(at(before, "host"));
    rmSync(join(cacheHome(project), "layerkeep/registry"), { recursive: true });
    expect((await run("registry", "stop")).code).toBe(0);
    await expect.poll(isRunning, { timeout: 10_000 }).toBe(false);
  });

  test("whose folder is deleted during an up is started again, and the command says so", async () => {
    project.write({
      Dockerfile: `FROM ${testEngine().baseImage.reference}\nRUN sleep 4 && echo ${project.id} > /x\n`,
    });
    const up = startLayerkeep(project, ["up", "--json"], { env });
    await up.saysOnStderr(/RUN sleep/);
    rmSync(join(cacheHome(project), "layerkeep/registry"), { recursive: true });
    const result = await up.ended;
    expect(result.stderr).toContain(
      "the embedded registry's folder was deleted while this command used it; starting it again",
    );
    expect(result.code).toBe(0);
    expect(at(result.stdout, "legs", 0, "outcome")).toBe("built");
    expect(at((await run("plan", "--json")).stdout, "legs", 0, "action")).toBe("reuse");
  });

  test("that does not respond is not called stopped: status and stop name its process", async () => {
    await run("up", "--quiet");
    const pid = Number(at(await status(), "pid"));
    process.kill(pid, "SIGSTOP");
    try {
      for (const command of ["status", "stop"]) {
        const { code, stdout, stderr } = await run("registry", command);
        expect({ code, stdout }).toEqual({ code: 3, stdout: "" });
        expect(stderr).toContain(`, process ${pid}, which does not respond\n`);
      }
    } finally {
      process.kill(pid, "SIGCONT");
    }
  });

  test("that `registry serve` runs is not used without its folder", async () => {
    const root = join(cacheHome(project), "layerkeep/registry");
    const serving = startLayerkeep(project, [
      "registry",
      "serve",
      "--listen=127.0.0.1:0",
      "--json",
    ]);
    await serving.firstLine();
    rmSync(root, { recursive: true });
    const up = await run("up");
    expect(up).toMatchObject({ code: 2, stdout: "" });
    expect(up.stderr).toContain(`(process ${serving.pid}) has lost its folder, ${root}\n`);
    expect((await run("registry", "stop")).code).toBe(0);
    expect((await serving.ended).code).toBe(0);
  });

  test("that `registry serve` runs is used, and serve takes over from an idle one", async () => {
    const up = await run("up", "--json", "--quiet");
    const serving = startLayerkeep(project, [
      "registry",
      "serve",
      "--listen=127.0.0.1:0",
      "--json",
    ]);
    const host = String(at(await serving.firstLine(), "host"));
    const plan = await run("plan", "--json");
    expect(at(plan.stdout, "cacheRepository")).toMatch(new RegExp(`^${host}/`));
    expect(at(plan.stdout, "legs", 0, "action")).toBe("reuse");
    expect(at(await status(), "kind")).toBe("serve");
    expect((await run("registry", "stop")).stdout).toContain(`stopped the registry at ${host}`);
    expect((await serving.ended).code).toBe(0);
    const again = await run("up", "--json", "--quiet");
    const published = ["published", 0, "targets", 0] as const;
    for (const key of ["repository", "digest"]) {
      expect(at(again.stdout, ...published, key)).toBe(at(up.stdout, ...published, key));
    }
  });

  test("check and collect take the folder from an idle one", async () => {
    await run("up", "--quiet");
    expect((await run("registry", "check")).code).toBe(0);
    await run("plan");
    expect((await run("registry", "collect")).code).toBe(0);
  });

  test("that cannot have its folder is told, with what to do", async () => {
    const broken = join(project.outside, "file");
    writeFileSync(broken, "");
    const up = await layerkeep(project, ["up"], { env: { ...env, XDG_CACHE_HOME: broken } });
    expect(up.code).toBe(2);
    expect(up.stderr).toContain(`error: cannot write the cache folder ${broken}/layerkeep: `);
    expect(up.stderr).toContain("hint: set XDG_CACHE_HOME to a folder that this user can write to");
    mkdirSync(join(cacheHome(project), "layerkeep/registry"), { recursive: true });
    writeFileSync(join(cacheHome(project), "layerkeep/registry/notes"), "mine");
    const foreign = await run("up");
    expect(foreign.code).toBe(2);
    expect(foreign.stderr).toContain("is not empty and is not a registry folder");
  });

  test("needs a duration in LAYERKEEP_REGISTRY_IDLE", async () => {
    const wrong = { env: { ...env, LAYERKEEP_REGISTRY_IDLE: "soon" } };
    const up = await layerkeep(project, ["up"], wrong);
    expect(up.code).toBe(2);
    expect(up.stderr).toContain('invalid LAYERKEEP_REGISTRY_IDLE "soon"');
  });
});

describe("images can be run", () => {
  const runnable = {
    Dockerfile: `FROM ${testEngine().baseImage.reference}\nCOPY src /src\nCMD ["cat", "/src"]\n`,
  };
  const names: string[] = [];
  beforeEach(() => project.write(runnable));
  afterEach(async () => {
    if (names.length > 0) await docker("image", "rm", "--force", ...names.splice(0));
  });

  test("by the line that up prints", async () => {
    const up = await run("up");
    const [, reference = ""] =
      /^run it with: docker run --rm (127\.0\.0\.1:\d+\/ghcr\.io\/acme\/app:main)$/m.exec(
        up.stderr,
      ) ?? [];
    names.push(reference);
    expect(await docker("run", "--rm", reference)).toBe(`${project.id}\n`);
  });

  test("by that line also if they are not published", async () => {
    project.write({ "layerkeep.yml": "variants:\n  core: {}\n" });
    const line = /^run it with: docker run --rm (127\.0\.0\.1:\d+\/\S+:leg-core-amd64-\w+)$/m;
    const [, reference = ""] = line.exec((await run("up")).stderr) ?? [];
    names.push(reference);
    expect(await docker("run", "--rm", reference)).toBe(`${project.id}\n`);
  });

  test("after up --load and load, under the names that they are published by", async () => {
    const name = `registry.invalid/${project.id}/app:main`;
    names.push(name);
    project.write({
      "layerkeep.yml": `publish: registry.invalid/${project.id}/app\nvariants:\n  core: {}\n`,
    });
    const early = await run("load", "core");
    expect(early.code).toBe(3);
    expect(early.stderr).toContain("core/linux/amd64 is not staged");
    const up = await run("up", "--load");
    expect(up.stdout).toContain(`loaded core/linux/amd64 as ${name}\n`);
    expect(up.stderr).toContain(`run it with: docker run --rm ${name}\n`);
    expect(await docker("run", "--rm", name)).toBe(`${project.id}\n`);
    await docker("image", "rm", "--force", name);
    const load = await run("load", "--json");
    expect(at(load.stdout, "images", 0)).toMatchObject({ leg: "core/linux/amd64", names: [name] });
    expect(await docker("run", "--rm", name)).toBe(`${project.id}\n`);
  });

  test("up --load without Docker prints what it built and published, then why it failed", async () => {
    const buildx = join(project.outside, "bin");
    mkdirSync(buildx);
    // Builds work, and Docker does not.
    writeFileSync(
      join(buildx, "docker"),
      `#!/bin/sh\ncase "$1" in version|pull|tag) echo "Cannot connect to the Docker daemon" >&2; exit 1;; esac\nPATH="\${PATH#*:}" exec docker "$@"\n`,
      { mode: 0o755 },
    );
    const broken = { env: { ...env, PATH: `${buildx}:${process.env["PATH"] ?? ""}` } };
    const metadata = join(project.outside, "metadata.json");
    const args = ["up", "--load", "--json", "--quiet", "--metadata-file", metadata];
    const up = await layerkeep(project, args, broken);
    expect(up.code).toBe(3);
    expect(at(up.stdout, "legs", 0, "outcome")).toBe("built");
    expect(at(up.stdout, "published", 0, "error")).toBeNull();
    expect(at(up.stdout, "loaded")).toEqual([]);
    const why = "Docker did not respond: Cannot connect to the Docker daemon";
    expect(at(up.stdout, "loadError")).toBe(why);
    expect(readFileSync(metadata, "utf8")).toBe(up.stdout);
    expect(up.stderr).toContain(
      `\nloading into Docker failed: ${why}\nhint: start Docker, or set DOCKER_HOST to its address\n`,
    );
    const shown = await layerkeep(project, ["up", "--load"], broken);
    expect(shown.code).toBe(3);
    expect(shown.stdout).toContain("1 reused");
    expect(shown.stdout).not.toContain("loaded");
    expect(shown.stderr).toContain(`loading into Docker failed: ${why}\n`);
  });

  test("load without Docker, or with a wrong name, says what is missing", async () => {
    await run("up", "--quiet");
    const none = await layerkeep(project, ["load"], { env: { ...env, PATH: "/nowhere" } });
    expect(none.stderr).toContain(
      "error: docker not found in PATH\nhint: install Docker's command",
    );
    expect(none.code).toBe(3);
    const dead = { ...env, DOCKER_HOST: "unix:///nowhere/docker.sock" };
    const down = await layerkeep(project, ["load"], { env: dead });
    expect(down.stderr).toMatch(/^error: Docker did not respond: .*\nhint: start Docker/m);
    const wrong = await run("load", "cor");
    expect(wrong).toMatchObject({ code: 2 });
    expect(wrong.stderr).toContain("did you mean core?");
  });
});

/** Another program on this port. */
async function occupy(host: string): Promise<Server> {
  const server = createServer((_, response) => response.end());
  await new Promise<void>((done) => server.listen(Number(host.split(":")[1]), "127.0.0.1", done));
  return server;
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
