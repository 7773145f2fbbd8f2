import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readCache } from "../../src/dir/stored/read-cache.ts";
import { findExact } from "../../src/dir/stored/find-cache.ts";
import { parseRepository } from "../../src/oci/reference.ts";
import { deleteMounts } from "../support/cache-mounts.ts";
import { layerkeep } from "../support/cli.ts";
import { copyCompiler, cSources } from "../support/compiler.ts";
import { testEngine } from "../support/engine.ts";
import { githubEnv, pullRequest } from "../support/github.ts";
import { at } from "../support/json.ts";
import { startPrivateEngine } from "../support/private-engine.ts";
import { createProject, type Project } from "../support/project.ts";
import { testClient } from "../support/repository-state.ts";
import { engineEnv } from "../support/small-build.ts";

const env = engineEnv();
const {
  registries: [registry],
  baseImage,
  remoteBuilder,
} = testEngine();
let project: Project;
/** The id of a mount that no other test has. */
let id: string;

beforeEach(() => {
  project = createProject(() => ({ src: "1\n", ".dockerignore": ".git\nlayerkeep.yml\n" }));
  id = project.id;
  configure("core: {}");
});
afterEach(() => project[Symbol.dispose]());

function configure(variants: string): void {
  const cache = `${registry}/${id}/cache`;
  project.write({
    "layerkeep.yml": `cache: ${cache}\ndefaults: { mounts: true }\nvariants: { ${variants} }\n`,
  });
}

/** A step of the test's own (ids of mounts do not make one another for BuildKit), after a file that is changed to run it again. */
function dockerfile(command: string, options = ""): string {
  return `FROM ${baseImage.reference}
COPY src /src
RUN --mount=type=cache,id=${id},target=/kept${options} : ${id}; ${command}
`;
}

const build = (...args: string[]) =>
  layerkeep(project, ["build", "--write", "--json", ...args], { env });
const key = () => `mount-${id}-linux-amd64`;
const mount = (json: string, number = 0) => at(json, "legs", 0, "mounts", number);
const listed = (stderr: string) =>
  [...stderr.matchAll(/^(?:.* \|)? +LIST (.*)$/gm)].map(([, line = ""]) => line).sort();
const savedCaches = async () =>
  at((await layerkeep(project, ["dir", "ls", "mount-", "--json"], { env })).stdout, "caches");

test("ccache finds what an emptied builder compiled", async () => {
  await using own = await startPrivateEngine();
  const buildThere = () =>
    layerkeep(project, ["build", "--write", "--json"], { env: { ...own.env } });
  copyCompiler(join(project.dir, "tools"));
  project.write({
    ...cSources(30),
    Dockerfile: `FROM ${baseImage.reference}
ENV PATH=/usr/bin:/bin CCACHE_DIR=/ccache
COPY tools /
COPY c /c
RUN --mount=type=cache,id=${id},target=/ccache : ${id}; ccache -z > /z && cd /c && \\
  for f in *.c; do ccache gcc -c $f -o /tmp/$f.o; done && \\
  ccache --print-stats | sed -n 's/^\\(.*_cache_hit\\|cache_miss\\)\\t/LIST \\1 /p'
`,
  });
  const first = await buildThere();
  expect(first).toMatchObject({ code: 0 });
  expect(listed(first.stderr)).toEqual([
    "cache_miss 30",
    "direct_cache_hit 0",
    "preprocessed_cache_hit 0",
  ]);
  expect(mount(first.stdout)).toMatchObject({ before: "empty", steps: { ran: 1 }, after: "saved" });
  await own.engine.emptyCache();

  project.write({ "c/new.c": "int added;\n" });
  const second = await buildThere();
  // 30 of 31: 96.8 %.
  expect(listed(second.stderr)).toEqual([
    "cache_miss 1",
    "direct_cache_hit 30",
    "preprocessed_cache_hit 0",
  ]);
  expect(mount(second.stdout)).toMatchObject({ before: "filled", after: "saved" });
  expect(at(second.stdout, "legs", 0, "mounts", 0, "won")).toBeTypeOf("number");
  expect(await savedCaches()).toMatchObject([{ key: key() }]);
  const logs = await layerkeep(project, ["logs", "core"], { env });
  expect(logs.stdout).toMatch(
    new RegExp(
      `^  cache mount ${id}: filled with [\\d.]+ kB .*; saved, [\\d.]+ kB sent; took `,
      "m",
    ),
  );
});

test("owners, modes, links and times are those of before", async () => {
  const make = `mkdir -p shut/in && echo a > a && echo b > "it's b" && ln a hard && ln -s a soft && \
chown 33:34 a && chmod 4750 a && echo c > shut/in/c && chmod 0400 shut/in/c && chmod 0555 shut/in shut && \
chown -h 7:8 soft && touch -d @1000000000 shut/in/c`;
  project.write({
    Dockerfile: dockerfile(
      `cd /kept && if [ ! -e a ]; then ${make}; fi && \
find . -type f ! -name '.layerkeep*' -exec stat -c 'LIST %a %u %g %Y %h %n' {} + && \
find . ! -type f -exec stat -c 'LIST %F %a %u %g %N' {} +`,
      ",uid=1000,gid=1001,mode=0710",
    ),
  });
  const first = await build();
  expect(first).toMatchObject({ code: 0 });
  expect(listed(first.stderr)).toHaveLength(8);
  expect(deleteMounts(id)).toBe(1);
  project.write({ src: "2\n" });
  // With another driver, on the same engine.
  const second = await build("--builder", remoteBuilder);
  expect(mount(second.stdout)).toMatchObject({ before: "filled", after: "saved" });
  expect(listed(second.stderr)).toEqual(listed(first.stderr));
  expect(await savedCaches()).toMatchObject([{ key: `mount-${id}-1000:1001:0710-linux-amd64` }]);
});

test("a mount is saved only after its step ran, and only by a run that may", async () => {
  const command = "ls /kept | sed 's/^/LIST /'; cp /src /kept/$(cat /src)";
  project.write({
    Dockerfile: `${dockerfile(command)}COPY last /\nRUN cat /last && ! grep fail /last\n`,
    last: "1\n",
  });
  expect(mount((await build()).stdout)).toMatchObject({ before: "empty", after: "saved" });
  const before = await savedCaches();
  project.write({ last: "2\n" });
  const notRun = { before: "same", steps: { ran: 0 }, after: "not-run" };
  expect(mount((await build()).stdout)).toMatchObject(notRun);

  const payload = pullRequest(project, "someone/app");
  const github = githubEnv(project, { event: "pull_request", ref: "refs/pull/5/merge", payload });
  const untrusted = () => layerkeep(project, ["build", "--json"], { env: { ...env, ...github } });
  // It has mounts of its own, but the steps of others.
  project.write({ last: "3\n" });
  expect(mount((await untrusted()).stdout)).toMatchObject({ ...notRun, before: "filled" });
  project.write({ src: "2\n" });
  const stranger = await untrusted();
  expect(stranger).toMatchObject({ code: 0 });
  expect(listed(stranger.stderr)).toEqual(["1"]);
  expect(mount(stranger.stdout)).toMatchObject({ before: "same", after: "read-only" });
  expect(await savedCaches()).toEqual(before);
  project.write({ src: "3\n" });
  const trusted = await build();
  expect(listed(trusted.stderr)).toEqual(["1"]);
  expect(mount(trusted.stdout)).toMatchObject({ before: "same", after: "saved" });

  // What ran before another step failed is saved, too.
  const saved = await savedCaches();
  project.write({ src: "4\n", last: "fail\n" });
  expect(await build()).toMatchObject({ code: 1 });
  expect(await savedCaches()).not.toEqual(saved);
});

test.each([["shared", "locked"], ["private"]])(
  "legs that use mounts at once lose nothing of each other: %s %s",
  async (...sharing) => {
    configure("a: { args: { WHO: a } }, b: { args: { WHO: b } }");
    const flags = sharing.map(
      (one) => `--mount=type=cache,id=${id}-${one},target=/kept/${one},sharing=${one}`,
    );
    project.write({
      Dockerfile: `FROM ${baseImage.reference}
ARG WHO
COPY src /src
RUN ${flags.join(" ")} : ${id}; ls /kept/* | sed 's/^/LIST /'; sleep 1; \
  for kept in /kept/*; do echo $WHO > $kept/$WHO; done
`,
    });
    expect(await build("--jobs=2")).toMatchObject({ code: 0 });
    for (const one of sharing) expect(deleteMounts(`${id}-${one}`)).toBe(1);
    project.write({ src: "2\n" });
    const again = await build("a");
    for (const number of sharing.keys()) {
      expect(mount(again.stdout, number)).toMatchObject({ before: "filled", after: "saved" });
    }
    const names = listed(again.stderr).filter((name) => name.length === 1);
    expect(names).toEqual(sharing.flatMap(() => ["a", "b"]).sort());
  },
);

test("--cold starts again, and a damaged cache is a warning", async () => {
  project.write({
    Dockerfile: dockerfile("ls /kept | sed 's/^/LIST /'; cp /src /kept/$(cat /src)"),
  });
  expect(await build()).toMatchObject({ code: 0 });
  project.write({ src: "2\n" });
  const cold = await build("--cold");
  expect(listed(cold.stderr)).toEqual([]);
  expect(mount(cold.stdout)).toMatchObject({ before: "cold", after: "saved" });

  await deletePacks();
  expect(deleteMounts(id)).toBe(1);
  project.write({ src: "3\n" });
  const damaged = await build();
  expect(damaged).toMatchObject({ code: 0 });
  expect(mount(damaged.stdout)).toMatchObject({ before: "failed", after: "saved" });
  expect(damaged.stderr).toContain(
    `core/linux/amd64: the cache mount ${id} was not filled: the cache ${key()} is damaged`,
  );
  expect(deleteMounts(id)).toBe(1);
  project.write({ src: "4\n" });
  expect(listed((await build()).stderr)).toEqual(["3"]);
});

test("a name that no mount has is an error", async () => {
  project.write({ Dockerfile: dockerfile("true") });
  configure(`core: { mounts: [${id}x] }`);
  const result = await build();
  expect(result).toMatchObject({ code: 2 });
  expect(result.stdout + result.stderr).toContain(`no cache mount has the id or the target ${id}x`);
});

/** Deletes what the stored cache refers to, as a registry does that loses data. */
async function deletePacks(): Promise<void> {
  const repository = parseRepository(`${registry}/${id}/cache`);
  const storage = { client: testClient(), repository };
  const found = await findExact(storage, key());
  if (found === undefined) throw new Error("there is no cache");
  for (const { digest } of (await readCache(storage, found)).packs) {
    const url = `http://${registry}/v2/${repository.path}/blobs/${digest}`;
    expect((await fetch(url, { method: "DELETE" })).status).toBe(202);
  }
}
