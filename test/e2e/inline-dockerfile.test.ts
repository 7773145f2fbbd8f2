import { afterEach, describe, expect, test } from "vitest";
import { type CliResult, layerkeep } from "../support/cli.ts";
import { testEngine } from "../support/engine.ts";
import { at } from "../support/json.ts";
import { createProject, type Project } from "../support/project.ts";
import { engineEnv } from "../support/small-build.ts";

/**
 * Inline Dockerfiles of the config and of imported files. Each checks what it received of the
 * context, so that a wrong ignore file or a wrong text fails the build.
 */

const {
  registries: [registry],
  baseImage,
} = testEngine();
let project: Project;

afterEach(() => project[Symbol.dispose]());

const run = (...args: string[]): Promise<CliResult> =>
  layerkeep(project, args, { env: engineEnv() });

const outcomes = async (...flags: string[]): Promise<unknown> => {
  const built = await run("build", "--json", ...flags);
  expect(built.stderr).not.toMatch(/^error/m);
  const found = at(built.stdout, "legs") as { leg: string; outcome: string }[];
  return Object.fromEntries(found.map(({ leg, outcome }) => [leg, outcome]));
};

const lines = (text: string): string[] => [
  `FROM ${baseImage.reference}`,
  "ARG WHO=nobody",
  "COPY . /app",
  `RUN test "$WHO" = me && cat /app/taken.txt | grep -x ${text} && ! test -e /app/ignored.txt`,
];
const indented = (text: string, by: string): string =>
  lines(text)
    .map((line) => `${by}${line}\n`)
    .join("");

const sources = {
  "app/.dockerignore": "ignored.txt\n",
  "app/Dockerfile.dockerignore": "taken.txt\n",
  "app/ignored.txt": "",
  "app/taken.txt": "one\n",
};

const kinds: readonly [string, (text: string) => Record<string, string>, string][] = [
  [
    "the config",
    (text) => ({
      "layerkeep.yml": `variants:
  app:
    context: app
    args: {WHO: me}
    dockerfile-inline: |
${indented(text, "      ")}`,
    }),
    "",
  ],
  [
    "a bake file",
    (text) => ({
      "docker-bake.hcl": `target "app" {
  context = "app"
  args = { WHO = "me" }
  dockerfile-inline = <<EOT
${indented(text, "")}EOT
}
`,
    }),
    "import: [{bake: docker-bake.hcl, targets: [app]}]\n",
  ],
  [
    "a Compose file",
    (text) => ({
      "compose.yml": `services:
  app:
    build:
      context: app
      args: {WHO: me}
      dockerfile_inline: |
${indented(text, "        ").replaceAll("$", () => "$$")}`,
    }),
    "import: [{compose: compose.yml}]\n",
  ],
];

describe.each(kinds)("an inline Dockerfile of %s", (_, filesOf, config) => {
  test("is built as a file is, reused, and built again if it changes", async () => {
    const cache = (id: string) => `cache: ${registry}/${id}/cache\n`;
    const files = (text: string, id: string): Record<string, string> => {
      const { "layerkeep.yml": own = config, ...others } = filesOf(text);
      return { ...others, "layerkeep.yml": `${cache(id)}${own}` };
    };
    project = createProject((id) => ({ ...sources, ...files("one", id) }));
    expect(await outcomes("--write")).toEqual({ "app/linux/amd64": "built" });
    expect(await outcomes("--write")).toEqual({ "app/linux/amd64": "reused" });
    project.write(files("two", project.id));
    expect(await outcomes("--write")).toEqual({ "app/linux/amd64": "failed" });
    project.write({ ...files("t.*", project.id), "app/taken.txt": "two\n" });
    expect(await outcomes("--write")).toEqual({ "app/linux/amd64": "built" });
  });
});

test("an inline Dockerfile is a parent and a child, in one solve if nothing is staged", async () => {
  project = createProject((id) => ({
    ...sources,
    "layerkeep.yml": `cache: ${registry}/${id}/cache
variants:
  base:
    context: app
    dockerfile-inline: |
      FROM ${baseImage.reference}
      COPY taken.txt /base.txt
  child:
    contexts: {base: "variant:base"}
    dockerfile-inline: |
      FROM base
      RUN grep -x one /base.txt
`,
  }));
  expect(await outcomes()).toEqual({
    "base/linux/amd64": "checked",
    "child/linux/amd64": "checked",
  });
});
