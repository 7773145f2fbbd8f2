import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { layerkeep } from "../support/cli.ts";
import { testEngine } from "../support/engine.ts";
import { githubEnv } from "../support/github.ts";
import { at } from "../support/json.ts";
import { moveTag } from "../support/move-tag.ts";
import { createProject, type Project } from "../support/project.ts";
import { tagsOf } from "../support/repository-state.ts";
import { engineEnv } from "../support/small-build.ts";

const {
  registries: [registry, second],
} = testEngine();
let project: Project;
let one: string;
let two: string;
/** The digests that they have at first. */
let first: { readonly one: string; readonly two: string };

beforeEach(async () => {
  project = createProject((id) => {
    one = `${registry}/${id}/one:1`;
    two = `${registry}/${id}/two:1`;
    return {};
  });
  first = { one: await moveTag(one, "first"), two: await moveTag(two, "first") };
  project.write({
    "layerkeep.yml": `cache: { repository: ${registry}/${project.id}/cache }
publish: { repository: "${second}/${project.id}/{name}", tags: ["type=raw,value=1"] }
defaults: { context: "{name}", platforms: [linux/amd64] }
variants:
  app: {}
  tool: { contexts: { app: "variant:app" } }
  other: {}
  fixed: {}
  alone: {}
`,
    "app/Dockerfile": `FROM ${one}\nCOPY Dockerfile /\n`,
    "tool/Dockerfile": "FROM app\nCOPY Dockerfile /\n",
    "other/Dockerfile": `FROM scratch\nCOPY --from=${two} /etc /one\nCOPY --from=${one} /etc /two\n`,
    "fixed/Dockerfile": `FROM ${one}@${first.one}\nCOPY Dockerfile /\n`,
    "alone/Dockerfile": "FROM scratch\nCOPY Dockerfile /\n",
  });
  project.commit("all");
});

afterEach(() => project[Symbol.dispose]());

const run = (...args: string[]) =>
  layerkeep(project, args, {
    env: { ...engineEnv(), ...githubEnv(project, { event: "push", ref: "refs/heads/main" }) },
  });
const legs = (...names: string[]) => names.map((name) => `${name}/linux/amd64`);
const any = expect.any(String) as string;

async function up(...args: string[]): Promise<unknown> {
  const result = await run("up", ...args, "--json", "--quiet");
  expect(result).toMatchObject({ code: 0 });
  const built = at(result.stdout, "legs") as { leg: string; outcome: string }[];
  const published = at(result.stdout, "published") as { variant: string }[];
  return {
    built: built.map(({ leg, outcome }) => `${leg} ${outcome}`),
    published: published.map(({ variant }) => variant),
  };
}

describe("legs whose bases moved", () => {
  test("are listed, with the digests of then and now and what is built on them", async () => {
    const never = await run("stale", "--json");
    expect(never).toMatchObject({ code: 0, stderr: "" });
    expect(at(never.stdout, "unbuilt")).toHaveLength(5);
    await up();
    expect(await run("stale")).toMatchObject({
      code: 0,
      stdout: "0 of 5 legs stale: no changed base images found\n",
      stderr: "",
    });

    const now = { one: await moveTag(one, "second"), two: await moveTag(two, "second") };
    const result = await run("stale", "--json");
    expect(result).toMatchObject({ code: 1, stderr: "" });
    const moved = (name: "one" | "two", ref: string) => {
      return { kind: "image", ref, from: first[name], to: now[name] };
    };
    const commit = any;
    expect(JSON.parse(result.stdout)).toEqual({
      legs: [
        { leg: "app/linux/amd64", builtAt: any, commit, bases: [moved("one", one)] },
        {
          leg: "other/linux/amd64",
          builtAt: any,
          commit,
          bases: [moved("one", one), moved("two", two)],
        },
      ],
      rebuilds: legs("app", "tool", "other"),
      unbuilt: [],
      unknown: [],
      of: 5,
    });
    const text = await run("stale");
    expect(text.stdout).toMatch(
      /^app\/linux\/amd64 +(?:just now|\d minutes? ago) +\S+one:1 +sha256:\w{12} +sha256:\w{12}$/m,
    );
    expect(text.stdout).toMatch(
      /^2 of 5 legs stale. Run `layerkeep up --stale` to rebuild them, and the legs built on them: tool\/linux\/amd64$/m,
    );
  });

  test("are what `up --stale` builds and publishes, with what is built on them", async () => {
    await up();
    expect(await up("--stale")).toEqual({ built: [], published: [] });
    const before = await tagsOf(`${second}/${project.id}/alone`);
    await moveTag(one, "second");
    project.write({ "alone/Dockerfile": "FROM scratch\nCOPY Dockerfile /changed\n" });
    project.commit("another change");
    expect(await up("--stale")).toEqual({
      built: ["app/linux/amd64 built", "tool/linux/amd64 built", "other/linux/amd64 built"],
      published: ["app", "tool", "other"],
    });
    expect(await tagsOf(`${second}/${project.id}/alone`)).toEqual(before);
    expect(await run("stale")).toMatchObject({ code: 0 });
  });
});
