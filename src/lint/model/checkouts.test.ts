import { expect, it } from "vitest";
import type { Repository } from "../files/repository.ts";
import { readPipeline } from "../read-pipeline.ts";
import { sourceFile } from "../yaml/node.ts";
import { dockerfileOf } from "./dockerfile-of.ts";

const texts: Readonly<Record<string, string>> = {
  ".github/actions/build/action.yml":
    "runs: {using: composite, steps: [{uses: docker/build-push-action@v6, with: {context: src}}]}\n",
  "build.sh": "docker buildx build src\n",
  "docker-bake.hcl": 'target "default" { context = "." }\n',
  "sub/Dockerfile": "FROM alpine\n",
  Dockerfile: "FROM alpine\n",
};
const repository: Repository = {
  root: "/repository",
  files: new Set(Object.keys(texts)),
  read: (path) => (texts[path] === undefined ? undefined : sourceFile(path, texts[path])),
};

/** The Dockerfiles that a job's builds read, or why one is unknown; then what was not read. */
function readIn(steps: string): readonly string[] {
  const workflow = `on: {push: {branches: [main]}}\njobs: {a: {runs-on: x, steps: [${steps}]}}\n`;
  const { pipeline } = readPipeline(sourceFile("a.yml", workflow), repository);
  const [scenario] = pipeline?.scenarios ?? [];
  if (pipeline === undefined || scenario === undefined) throw new Error("not a workflow");
  return pipeline.runsIn(scenario).flatMap((job) => [
    ...job.steps.flatMap(({ operations }) =>
      operations.flatMap((operation) => {
        if (operation.kind !== "build") return [];
        const file = dockerfileOf(operation, job, repository);
        return "why" in file ? file.why : file.path;
      }),
    ),
    ...job.opaque.map(({ why }) => why),
  ]);
}

const checkout = (inputs: string): string => `{uses: actions/checkout@v6, with: {${inputs}}}`;

it.each([
  ["an action", "{uses: ./src/.github/actions/build}"],
  ["a script", "{run: src/build.sh}"],
  ["a bake file", "{uses: docker/bake-action@v6, with: {files: src/docker-bake.hcl}}"],
])("%s is found below the folder that the repository is checked out to", (_, step) => {
  expect(readIn(`${checkout("path: src")}, ${step}`)).toEqual(["Dockerfile"]);
});

it.each([
  ["an action", "{uses: ./src/.github/actions/build}", /^the action \S+ was not found/],
  ["a script", "{run: src/build.sh}", /^the script \S+ was not found/],
])("%s of another repository is not taken for one of this", (_, step, why) => {
  const other = checkout("path: src, repository: a/b");
  expect(readIn(`${other}, ${step}`)).toEqual([expect.stringMatching(why)]);
});

it("an action is in the repository only if its path begins with ./", () => {
  const found = ["src/Dockerfile was not found in the repository"];
  expect(readIn("{uses: ./.github/actions/build}")).toEqual(found);
  expect(readIn("{uses: ../.github/actions/build}")).toEqual([]);
});

it("a git context is the repository, wherever it is checked out", () => {
  const build = (context: string): string =>
    `{uses: docker/build-push-action@v6, with: {context: "${context}"}}`;
  expect(readIn(build("{{defaultContext}}:sub"))).toEqual(["sub/Dockerfile"]);
  expect(readIn(`${checkout("path: src")}, ${build("{{defaultContext}}:sub")}`)).toEqual([
    "sub/Dockerfile",
  ]);
});
