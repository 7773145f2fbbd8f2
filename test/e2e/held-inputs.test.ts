import { execFileSync } from "node:child_process";
import { createServer } from "node:http";
import { once } from "node:events";
import { mkdirSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { createServer as createSocket } from "node:net";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { layerkeep, startLayerkeep } from "../support/cli.ts";
import { testEngine } from "../support/engine.ts";
import { at } from "../support/json.ts";
import { createProject, type Project } from "../support/project.ts";
import { engineEnv } from "../support/small-build.ts";
import { fileIn, planNow, stagedIn } from "../support/staged-files.ts";

// What a leg is built from is what it is named by: each case is built, looked into, and planned
// again after what it takes has changed.

const env = engineEnv();
const {
  registries: [registry],
  baseImage: { reference: base },
  buildx,
  env: clientEnv,
} = testEngine();
let project: Project;
afterEach(() => project[Symbol.dispose]());

type Files = Readonly<Record<string, string>>;

/** A project whose config has a cache of its own in front. */
function start(files: (id: string) => Files): void {
  project = createProject((id) => {
    const { "layerkeep.yml": config = "variants: { app: {} }\n", ...rest } = files(id);
    return { "layerkeep.yml": `cache: ${registry}/${id}/cache\n${config}`, ...rest };
  });
}

const up = (more: Files = {}, ...args: string[]) =>
  layerkeep(project, ["up", "--write", ...args], { env: { ...env, ...more } });

async function upOk(more: Files = {}): Promise<void> {
  const result = await up(more);
  if (result.code !== 0) throw new Error(result.stderr);
}

/** Pushes an image that holds `/v` with this text. */
function pushImage(name: string, text: string): void {
  const folder = join(project.outside, "image");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "v"), text);
  writeFileSync(join(folder, "Dockerfile"), "FROM scratch\nCOPY v /v\n");
  execFileSync(buildx, ["build", "--push", "--tag", name, folder], {
    env: clientEnv,
    stdio: "pipe",
  });
}

test("an image that is a named context is pinned, and the engine is held to it", async () => {
  start((id) => ({
    "layerkeep.yml": `variants: { app: { contexts: { dep: "docker-image://${registry}/${id}/dep:1" } } }\n`,
    Dockerfile: `FROM ${base}\nCOPY --from=dep /v /v\n`,
  }));
  pushImage(`${registry}/${project.id}/dep:1`, "one");
  const plan = join(project.outside, "plan.json");
  await layerkeep(project, ["plan", "--write", "--output", plan], { env });
  pushImage(`${registry}/${project.id}/dep:1`, "two");
  const build = ["build", "--write", "--plan", plan];
  expect((await layerkeep(project, build, { env })).code).toBe(0);
  expect(stagedIn(plan, "v")).toBe("one");
  const moved = await planNow(project, env);
  expect([moved.action, moved.unpinned]).toEqual(["build", []]);
  await upOk();
  expect(fileIn(moved.staged, "v")).toBe("two");
  expect((await planNow(project, env)).action).toBe("reuse");
});

test("with pins.hold a base image moves only with the epoch", async () => {
  start((id) => ({
    "layerkeep.yml": "refresh: { arg: R }\npins: { hold: epoch }\nvariants: { app: {} }\n",
    Dockerfile: `FROM ${registry}/${id}/dep:1\nCOPY Dockerfile /\n`,
  }));
  pushImage(`${registry}/${project.id}/dep:1`, "one");
  await upOk();
  pushImage(`${registry}/${project.id}/dep:1`, "two");
  const held = await planNow(project, env);
  expect([held.action, fileIn(held.staged, "v")]).toEqual(["reuse", "one"]);
  expect((await up({}, "--refresh")).code).toBe(0);
  const moved = await planNow(project, env);
  expect([moved.action, fileIn(moved.staged, "v")]).toEqual(["reuse", "two"]);
});

test("an OCI layout that is a named context counts by what it holds", async () => {
  start(() => ({
    "layerkeep.yml": "variants: { app: { contexts: { dep: oci-layout://lay } } }\n",
    ".gitignore": "lay\n",
    Dockerfile: `FROM ${base}\nCOPY --from=dep /v /v\n`,
  }));
  const write = (text: string): void => {
    const folder = join(project.outside, "image");
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "v"), text);
    writeFileSync(join(folder, "Dockerfile"), "FROM scratch\nCOPY v /v\n");
    rmSync(join(project.dir, "lay"), { recursive: true, force: true });
    const output = `type=oci,tar=false,dest=${join(project.dir, "lay")}`;
    execFileSync(buildx, ["build", "--output", output, folder], { env: clientEnv, stdio: "pipe" });
  };
  write("one");
  await upOk();
  const first = await planNow(project, env);
  expect([first.action, fileIn(first.staged, "v")]).toEqual(["reuse", "one"]);
  write("two");
  const second = await planNow(project, env);
  expect([second.action, second.unpinned]).toEqual(["build", []]);
  await upOk();
  expect(fileIn(second.staged, "v")).toBe("two");
});

test("git sources are built at the commit of the plan, as contexts and by ADD", async () => {
  start(() => ({ Dockerfile: "FROM scratch\n" }));
  await using server = await servingFiles();
  const source = join(project.outside, "source");
  const git = (...args: string[]): string =>
    execFileSync("git", ["-C", source, "-c", "user.name=a", "-c", "user.email=a@b", ...args], {
      encoding: "utf8",
      stdio: "pipe",
    });
  const commit = (text: string): void => {
    writeFileSync(join(source, "v"), text);
    git("add", "--all");
    git("commit", "-qm", text);
    git("update-server-info");
  };
  mkdirSync(source);
  git("init", "-q", "-b", "main");
  commit("one");
  const address = `http://127.0.0.1:${server.port}/source/.git`;
  project.write({
    "layerkeep.yml": `cache: ${registry}/${project.id}/cache
variants: { app: { contexts: { src: "${address}#main" } } }
`,
    Dockerfile: `FROM ${base}\nCOPY --from=src v /context\nADD ${address}#main /add\n`,
  });
  const plan = join(project.outside, "plan.json");
  await layerkeep(project, ["plan", "--write", "--output", plan], { env });
  commit("two");
  const result = await layerkeep(project, ["build", "--write", "--plan", plan], { env });
  expect(result.code, result.stderr).toBe(0);
  expect([stagedIn(plan, "context"), stagedIn(plan, "add/v")]).toEqual(["one", "one"]);
  const planned = await planNow(project, env);
  expect([planned.action, planned.unpinned]).toEqual(["build", []]);
});

test("a source without a checksum is never reused, nor one whose checksum is empty", async () => {
  start(() => ({ Dockerfile: "FROM scratch\n" }));
  await using server = await servingFiles();
  writeFileSync(join(project.outside, "f"), "one");
  project.write({
    Dockerfile: `FROM ${base}\nARG SUM\nADD --checksum=$SUM http://127.0.0.1:${server.port}/f /v\n`,
  });
  await upOk();
  writeFileSync(join(project.outside, "f"), "two");
  const planned = await planNow(project, env);
  const url = `http://127.0.0.1:${server.port}/f`;
  expect([planned.action, planned.unpinned]).toEqual(["build", [url]]);
  expect(planned.warnings.filter((text) => text.includes(url))).toEqual([
    `${url} is not pinned: its content may change before the build (pin it with ADD --checksum)`,
  ]);
  await upOk();
  expect(fileIn(planned.staged, "v")).toBe("two");
});

/** Serves the folder beside the repository. */
async function servingFiles(): Promise<AsyncDisposable & { readonly port: number }> {
  const { outside } = project;
  const server = createServer((request, response) => {
    try {
      response.end(readFileSync(join(outside, (request.url ?? "").replace(/\?.*$/, ""))));
    } catch {
      response.writeHead(404).end();
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  return {
    port: typeof address === "object" ? (address?.port ?? 0) : 0,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

test("nothing of the environment enters a build unseen", async () => {
  start((id) => ({
    Dockerfile: `FROM ${base}
ARG SOURCE_DATE_EPOCH
ARG HTTP_PROXY=none
RUN echo "$SOURCE_DATE_EPOCH $HTTP_PROXY ${id}" > /v
`,
  }));
  const docker = join(project.outside, "docker");
  mkdirSync(docker);
  const proxies = { default: { httpProxy: "http://127.0.0.1:9", noProxy: "127.0.0.0/8" } };
  writeFileSync(join(docker, "config.json"), JSON.stringify({ proxies }));
  const policy = join(project.outside, "policy.json");
  const rule = { action: "DENY", selector: { identifier: `docker-image://${base}` } };
  writeFileSync(policy, JSON.stringify({ rules: [rule] }));
  await upOk({
    DOCKER_CONFIG: docker,
    SOURCE_DATE_EPOCH: "86400",
    BUILDX_GIT_LABELS: "full",
    BUILDX_GIT_INFO: "true",
    BUILDX_NO_DEFAULT_ATTESTATIONS: "1",
    EXPERIMENTAL_BUILDKIT_SOURCE_POLICY: policy,
    BUILDKIT_SYNTAX: "127.0.0.1:9/no/such:frontend",
    DOCKER_DEFAULT_PLATFORM: "linux/arm64",
  });
  const planned = await planNow(project, env);
  expect([planned.action, fileIn(planned.staged, "v")]).toEqual(["reuse", ` none ${project.id}\n`]);
  const image = execFileSync(
    "skopeo",
    ["inspect", "--config", "--tls-verify=false", `docker://${planned.staged}`],
    { encoding: "utf8" },
  );
  expect(at(image, "config", "Labels")).toBeUndefined();
});

test("files of two contexts with the same path, size, mode and time are kept apart", async () => {
  start((id) => ({
    "layerkeep.yml": `variants:
  api: { context: api/app }
  web: { context: web/app }
  one: { context: one, contexts: { ctx: api/app } }
  two: { context: one, contexts: { ctx: web/app } }
`,
    "api/app/Dockerfile": `FROM ${base}\nCOPY version.txt /v\n`,
    "web/app/Dockerfile": `FROM ${base}\nCOPY version.txt /v\n`,
    "api/app/version.txt": `${id} api`,
    "web/app/version.txt": `${id} web`,
    "one/Dockerfile": `FROM ${base}\nCOPY --from=ctx version.txt /v\n`,
  }));
  for (const name of ["api", "web"]) {
    utimesSync(join(project.dir, name, "app/version.txt"), 1, 1);
  }
  await upOk();
  for (const [variant, holds] of [
    ["api", "api"],
    ["web", "web"],
    ["one", "api"],
    ["two", "web"],
  ] as const) {
    const { staged } = await planNow(project, env, variant);
    expect([variant, fileIn(staged, "v")]).toEqual([variant, `${project.id} ${holds}`]);
  }
  // The same file with other content, and again the same size and time.
  writeFileSync(join(project.dir, "api/app/version.txt"), `${project.id} API`);
  utimesSync(join(project.dir, "api/app/version.txt"), 1, 1);
  await upOk();
  expect(fileIn((await planNow(project, env, "api")).staged, "v")).toBe(`${project.id} API`);
});

test("a file that is edited while other legs build is planned again by up", async () => {
  start((id) => ({
    "layerkeep.yml": "variants: { a: { context: a }, b: { context: b } }\n",
    "a/Dockerfile": `FROM ${base}\nRUN sleep 3; echo ${id}\n`,
    "b/Dockerfile": `FROM ${base}\nCOPY f /v\n`,
    "b/f": `old ${id}`,
  }));
  const old = await planNow(project, env, "b");
  const args = ["up", "--write", "--jobs=1"];
  const running = startLayerkeep(project, args, { env });
  await running.saysOnStderr(/a\/linux\/amd64 \| \[2\/2\] RUN sleep/);
  writeFileSync(join(project.dir, "b/f"), `new ${project.id}`);
  const { code, stderr } = await running.ended;
  expect(code, stderr).toBe(0);
  expect(stderr).toContain("differs from the plan: f (COPY f in b/Dockerfile:2); planning again");
  const now = await planNow(project, env, "b");
  expect([now.action, fileIn(now.staged, "v")]).toEqual(["reuse", `new ${project.id}`]);
  expect(now.digest).not.toBe(old.digest);
  project.git("checkout", "-q", "b/f");
  expect((await planNow(project, env, "b")).action).toBe("build");
});

test("a file that is edited while its own leg builds fails the leg of a plan, by its name", async () => {
  start((id) => ({
    "layerkeep.yml": "variants: { app: { context: ctx } }\n",
    "ctx/Dockerfile": `FROM ${base}\nRUN sleep 2; echo ${id}\nCOPY . /x\n`,
    "ctx/f": `old ${id}`,
  }));
  // Large enough that it is not received at once.
  writeFileSync(join(project.dir, "ctx/large"), Buffer.alloc(64 << 20, project.id));
  const plan = join(project.outside, "plan.json");
  await layerkeep(project, ["plan", "--write", "--output", plan], { env });
  const running = startLayerkeep(project, ["build", "--write", "--plan", plan], { env });
  let writes = 0;
  const timer = setInterval(() => {
    writeFileSync(join(project.dir, "ctx/f"), `new ${project.id} ${writes++}`);
  }, 20);
  const { code, stderr } = await running.ended;
  clearInterval(timer);
  expect(stderr).toMatch(
    /app\/linux\/amd64(?: differs from the plan: .*\bf\b|: .*\bf\b.* changed during the build)/,
  );
  expect([1, 2]).toContain(code);
  expect((await planNow(project, env)).action).toBe("build");
});

test("a socket that is copied counts, and is an empty file", async () => {
  start(() => ({ Dockerfile: `FROM ${base}\nCOPY sub /x/\n`, "sub/a": "1" }));
  await upOk();
  const socket = createSocket().listen(join(project.dir, "sub/s"));
  await once(socket, "listening");
  const planned = await planNow(project, env);
  expect(planned.action).toBe("build");
  await upOk();
  socket.close();
  expect(fileIn(planned.staged, "x/s")).toBe("");
});

test("an ignore file that links out of the context is none", async () => {
  start(() => ({
    "layerkeep.yml": "variants: { app: { context: ctx } }\n",
    "ctx/Dockerfile": `FROM ${base}\nCOPY . /x/\n`,
    "ctx/tests/t": "1",
    "conf/ignore": "tests\n",
  }));
  symlinkSync("../conf/ignore", join(project.dir, "ctx/.dockerignore"));
  await upOk();
  project.write({ "ctx/tests/t": "2" });
  const planned = await planNow(project, env);
  expect(planned.action).toBe("build");
  await upOk();
  expect(fileIn(planned.staged, "x/tests/t")).toBe("2");
});

test("a Dockerfile that is a link out of its folder is built as what it leads to", async () => {
  start((id) => ({
    "layerkeep.yml": "variants: { app: { context: ctx } }\n",
    "common/app.Dockerfile": `FROM ${base}\nCOPY f /v\n`,
    "ctx/f": id,
  }));
  symlinkSync("../common/app.Dockerfile", join(project.dir, "ctx/Dockerfile"));
  await upOk();
  expect(fileIn((await planNow(project, env)).staged, "v")).toBe(project.id);
});

test("a blank between << and a heredoc's name is read as BuildKit reads it", async () => {
  start(() => ({
    Dockerfile: `FROM ${base}\nRUN cat << EOF > /v\nhello\nEOF\nRUN sh << "E O F"\necho hi > /w\nE O F\n`,
  }));
  await upOk();
  const { staged } = await planNow(project, env);
  expect([fileIn(staged, "v"), fileIn(staged, "w")]).toEqual(["hello\n", "hi\n"]);
});

test("the machine that builds is part of a leg that asks for it, and the engine is held to it", async () => {
  start((id) => ({
    Dockerfile: `FROM ${base}\nARG BUILDPLATFORM\nRUN echo "$BUILDPLATFORM ${id}" > /v\n`,
  }));
  await upOk();
  const own = await planNow(project, env);
  expect(fileIn(own.staged, "v")).toBe(`linux/amd64 ${project.id}\n`);
  project.write({
    "layerkeep.yml": `cache: ${registry}/${project.id}/cache
variants: { app: { args: { BUILDPLATFORM: linux/s390x } } }
`,
  });
  const other = await planNow(project, env);
  expect([other.action, other.digest === own.digest]).toEqual(["build", false]);
  await upOk();
  expect(fileIn(other.staged, "v")).toBe(`linux/s390x ${project.id}\n`);
});
