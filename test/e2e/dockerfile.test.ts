import { afterEach, beforeEach, expect, test } from "vitest";
import { layerkeep } from "../support/cli.ts";
import { testEngine } from "../support/engine.ts";
import { createProject, type Project } from "../support/project.ts";
import { engineEnv } from "../support/small-build.ts";

const env = engineEnv();
const { registries, baseImage } = testEngine();
let project: Project;

beforeEach(() => {
  project = createProject((id) => ({
    "layerkeep.yml": `cache: ${registries[0]}/${id}/cache\nvariants:\n  app: {}\n`,
    Dockerfile: `FROM ${baseImage.reference}\n`,
    ".dockerignore": ".git\nlayerkeep.yml\n",
  }));
});

afterEach(() => project[Symbol.dispose]());

test("a heredoc with a blank before its name is built", async () => {
  project.write({
    Dockerfile: `FROM ${baseImage.reference}
RUN cat << EOF > /o
hello
EOF
RUN sh << "E O F"
grep -x hello /o
E O F
`,
  });
  const result = await layerkeep(project, ["build", "--write"], { env });
  expect(result).toMatchObject({ code: 0 });
  expect(result.stdout).toMatch(/^1 built in \d+\.\d s$/m);
});

test("what BuildKit would refuse is refused before anything is built, all at once", async () => {
  project.write({
    Dockerfile: `FROM ${baseImage.reference}
COPY --form=x a /
RUN --network=hots true
RUN cat << EOF
`,
  });
  const result = await layerkeep(project, ["plan"], { env });
  expect(result).toMatchObject({ code: 2, stdout: "" });
  expect(result.stderr).toContain(
    "Dockerfile:2: COPY does not support the --form flag (did you mean --from?)",
  );
  expect(result.stderr).toContain("Dockerfile:3: RUN has an invalid --network=hots");
  expect(result.stderr).toContain("Dockerfile:4: the heredoc EOF is not terminated");
});

test("a stage's number is no target", async () => {
  project.write({
    Dockerfile: `FROM ${baseImage.reference} AS tools\nFROM tools AS app\n`,
    "layerkeep.yml": `cache: ${registries[0]}/${project.id}/cache\nvariants:\n  app: { target: "0" }\n`,
  });
  const result = await layerkeep(project, ["plan"], { env });
  expect(result).toMatchObject({ code: 2, stdout: "" });
  expect(result.stderr).toContain(
    `Dockerfile: target stage "0" not found (use a stage name, not a number; the stages are tools, app)`,
  );
});
