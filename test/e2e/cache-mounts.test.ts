import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { layerkeep } from "../support/cli.ts";
import { deleteMounts } from "../support/cache-mounts.ts";
import { copyCompiler, cSources } from "../support/compiler.ts";
import { testEngine } from "../support/engine.ts";
import { createProject, type Project } from "../support/project.ts";
import { engineEnv } from "../support/small-build.ts";

const env = engineEnv();
const {
  registries: [registry],
  baseImage,
} = testEngine();
let project: Project;
let cache: string;

beforeEach(() => {
  project = createProject((id) => {
    cache = `${registry}/${id}/cache`;
    return {
      "layerkeep.yml": `cache: ${cache}\ndefaults: { mounts: true }\nvariants:\n  core: {}\n`,
      ".dockerignore": ".git\nlayerkeep.yml\n",
    };
  });
});
afterEach(() => project[Symbol.dispose]());

const build = (...args: string[]) => layerkeep(project, ["build", "--write", ...args], { env });

test("a compiler's cache in a mount is full again in a builder without it", async () => {
  copyCompiler(join(project.dir, "tools"));
  project.write({
    ...cSources(100),
    Dockerfile: `FROM ${baseImage.reference}
ENV PATH=/usr/bin:/bin
COPY tools /
COPY src /src
RUN --mount=type=cache,id=${project.id},target=/ccache cd /src && export CCACHE_DIR=/ccache && ccache -z >/dev/null && \\
  for f in *.c; do ccache gcc -O1 -c $f -o /tmp/$f.o; done && ccache --print-stats | grep -E 'hit|miss'
`,
  });
  const r = await build("--json"); console.log(r.stdout, r.stderr);
  console.log(deleteMounts(project.id));
  project.write({ "src/new.c": "int x;\n" });
  const s = await build("--json"); console.log(s.stdout, s.stderr);
  console.log((await layerkeep(project, ["dir", "ls"], { env })).stdout);
  expect(1).toBe(1);
}, 300_000);
