import { readFileSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { parse } from "yaml";
import { testEngine } from "../support/engine.ts";
import {
  createGithubProject,
  type GithubProject,
  stateOf,
} from "../support/workflows/github-project.ts";
import { jobOf, resultsOf, type RunRecord } from "../support/workflows/record.ts";

const {
  registries: [registry, second],
  baseImage,
} = testEngine();
const onMain = { name: "push", branch: "main" } as const;
const app = "images / build app/linux/amd64";
let project: GithubProject;

beforeEach(async () => {
  project = await createGithubProject((id) => ({
    "layerkeep.yml": `cache: ${registry}/${id}/cache
publish: { repository: "${second}/${id}/app", tags: ["type=ref,event=branch", "type=ref,event=tag"] }
variants:
  app: { suffix: "" }
`,
    Dockerfile: `FROM ${baseImage.reference}\nCOPY src /src\nRUN echo ${id}\n`,
    src: "one\n",
    ".dockerignore": ".git\n",
    ".github/workflows/images.yml": readmeWorkflow(),
    // Events that strangers can cause, with rights to write.
    ".github/workflows/foreign.yml": readmeWorkflow().replace(
      /^on: .*$/m,
      "on: { pull_request_target: {}, workflow_run: { workflows: [images], types: [completed] } }",
    ),
  }));
});

afterEach(() => project[Symbol.dispose]());

/** The workflow that the README shows. */
function readmeWorkflow(): string {
  const readme = readFileSync("README.md", "utf8");
  const [, text = ""] = /## In GitHub Actions\n\n```yaml\n([^]*?)```/.exec(readme) ?? [];
  expect(parse(text)).toHaveProperty("jobs.images.uses");
  return text;
}

function everything() {
  return stateOf([`${registry}/${project.id}/cache`, `${second}/${project.id}/app`]);
}

function failures(run: RunRecord): string {
  const failed = run.jobs.filter(({ result }) => result === "failure");
  return failed.map(({ name, log }) => `${name}:\n${log}`).join("\n");
}

test("the README's five lines build and publish pushes and tags, and only read for others", async () => {
  const pushed = await project.run("images", onMain);
  expect({ failures: failures(pushed), jobs: resultsOf(pushed) }).toEqual({
    failures: "",
    jobs: {
      "images / plan": "success",
      [app]: "success",
      // GitHub evaluates the names of skipped matrices as little.
      "images / build ${{ matrix.leg }}": "skipped",
      "images / publish": "success",
      "images / images": "success",
    },
  });
  const first = await everything();
  expect(Object.values(first).map((tags) => Object.keys(tags).length)).toEqual([4, 1]);

  project.git("tag", "v1");
  const tagged = await project.run("images", { name: "push", tag: "v1" });
  expect({ failures: failures(tagged), app: resultsOf(tagged)[app] }).toEqual({ failures: "" });
  const released = await everything();
  expect(Object.values(released).map((tags) => Object.keys(tags))).toEqual([
    Object.keys(Object.values(first)[0] ?? {}),
    ["latest", "main", "v1"],
  ]);

  project.topic("topic", { src: "two\n" }, "fork");
  const head = { branch: "topic", fork: project.fork };
  const change = { number: 5, base: "main", head };
  const foreign = await project.run("images", { name: "pull_request", ...change });
  expect({ failures: failures(foreign), result: foreign.result }).toEqual({
    failures: "",
    result: "success",
  });
  expect(jobOf(foreign, app)).toMatchObject({
    result: "success",
    permissions: { packages: "read" },
  });

  const targeted = await project.run("foreign", { name: "pull_request_target", ...change });
  expect(failures(targeted)).toBe("");
  const commit = project.git("-C", project.fork.folder, "rev-parse", "topic");
  const of = { event: "pull_request", branch: "topic", commit, repository: project.fork.name };
  const after = await project.run("foreign", { name: "workflow_run", workflow: "images", of });
  expect(failures(after)).toBe("");
  expect(await everything()).toEqual(released);
});

test("a chain that is deeper than the workflow's levels shares jobs", async () => {
  const link = (name: string, below: string) =>
    `  ${name}: { dockerfile: Linked, contexts: { below: "variant:${below}" } }\n`;
  const config = readFileSync(`${project.dir}/layerkeep.yml`, "utf8");
  project.write({
    "layerkeep.yml": `${config}${link("b", "app")}${link("c", "b")}${link("d", "c")}`.replace(
      `${project.id}/app"`,
      `${project.id}/{name}"`,
    ),
    Linked: "FROM below\nRUN true\n",
  });
  project.commit("a chain of four");
  const run = await project.run("images", onMain);
  expect(failures(run)).toBe("");
  const built = run.jobs.filter(
    ({ name, result }) => name.includes("build") && result === "success",
  );
  expect(built).toHaveLength(3);
  expect(
    built
      .map(({ matrix }) => matrix["leg"])
      .join(" ")
      .split(" "),
  ).toEqual(["app", "b", "c", "d"].map((name) => `${name}/linux/amd64`));
});
