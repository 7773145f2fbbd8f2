import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { readIn as read, runCi } from "../../../test/support/ci/generator.ts";
import { planOf } from "../../../test/support/plans.ts";
import { createProject, type Project } from "../../../test/support/project.ts";
import { digestOf } from "../../oci/digest.ts";
import { parseRepository } from "../../oci/reference.ts";

const config = "cache: quay.io/acme/cache\nvariants: {app: }\n";
const job = { CI_PIPELINE_ID: "42", CI_JOB_NAME: "plan" };
const plan = JSON.stringify(
  planOf({
    cache: parseRepository("quay.io/acme/cache"),
    targets: ["quay.io/acme/app"],
    platforms: ["linux/amd64"],
  }),
);

let project: Project | undefined;
afterEach(() => project?.[Symbol.dispose]());

function open(files: Readonly<Record<string, string>> = {}): Project {
  project = createProject(() => ({
    "layerkeep.yml": config,
    Dockerfile: "FROM scratch\n",
    "plan.json": plan,
    ...files,
  }));
  return project;
}

const run = (opened: Project, flags: readonly string[], env: NodeJS.ProcessEnv = {}) =>
  runCi(opened, ["gitlab", ...flags], env);

describe("layerkeep ci gitlab", () => {
  it("writes the pipeline, and --check says whether it still matches", async () => {
    const opened = open();
    expect(await run(opened, ["--stage", "images"])).toMatchObject({
      code: 0,
      out: "wrote .gitlab-ci.yml\n",
    });
    expect(parse(read(opened, ".gitlab-ci.yml"))).toMatchObject({ plan: { stage: "images" } });
    expect((await run(opened, ["--stage", "images", "--check"])).code).toBe(0);
    expect(await run(opened, ["--check"])).toMatchObject({
      code: 1,
      out: ".gitlab-ci.yml does not match the config; run `layerkeep ci gitlab` to update it\n",
    });
  });

  it("--check names the command with the given flags", async () => {
    const flags = [
      "--stage",
      "images",
      "--image",
      "docker:cli",
      "--service",
      "none",
      "-o",
      "x.yml",
    ];
    const { out } = await run(open(), [...flags, "--check"]);
    expect(out).toBe(
      "x.yml does not exist; run `layerkeep ci gitlab --output x.yml --image docker:cli --service none --stage images` to create it\n",
    );
  });

  it("names the config in the head as it is found", async () => {
    const opened = open({ "layerkeep.yml": "", "layerkeep.yaml": config });
    rmSync(join(opened.dir, "layerkeep.yml"));
    await run(opened, []);
    expect(read(opened, ".gitlab-ci.yml")).toContain('from "layerkeep.yaml". Do not edit');
    expect(read(opened, ".gitlab-ci.yml")).not.toContain("--config");
  });

  it("does not overwrite a pipeline that it did not write", async () => {
    const opened = open({ ".gitlab-ci.yml": "mine: {script: make}\n" });
    const { code, out } = await run(opened, []);
    expect({ code, out }).toEqual({
      code: 2,
      out: ".gitlab-ci.yml was not generated, so it might be your own file\npass --force to overwrite it, or --output to choose another file",
    });
    expect((await run(opened, ["--output", ".gitlab/layerkeep.yml"])).out).toBe(
      "wrote .gitlab/layerkeep.yml\n",
    );
  });

  const scratch = "scratch: quay.io/acme/scratch";
  const previews = "previews are not published by generated pipelines";
  const noScratch =
    "merge requests cannot write cache.scratch: set ci.logins.quay.io.read, unless quay.io is the registry of your GitLab";
  const own = "cache: {repository: registry.gitlab.com/a/c, scratch: registry.gitlab.com/a/s}\n";
  it.each([
    ["cache: quay.io/acme/cache\n", []],
    ["cache: quay.io/acme/cache\npreview: quay.io/acme/preview\n", [previews]],
    [`cache: {repository: quay.io/acme/cache, ${scratch}}\n`, [noScratch]],
    [own, []],
  ])("warns of what merge requests cannot do: %s", async (text, warnings) => {
    const opened = open({ "layerkeep.yml": `${text}variants: {app: }\n` });
    const { code, err } = await run(opened, []);
    expect(code).toBe(0);
    expect(err).toBe(warnings.map((warning) => `warning: ${warning}\n`).join(""));
  });

  it("--child writes the pipeline of a plan, which takes it from the job that runs the command", async () => {
    const opened = open();
    const flags = ["--child", "--plan", "plan.json", "--output", "child.yml"];
    expect((await run(opened, flags, job)).code).toBe(0);
    const child: unknown = parse(read(opened, "child.yml"));
    expect(child).toMatchObject({
      "fetch-plan": { needs: [{ pipeline: "42", job: "plan", artifacts: true }] },
    });
    expect(read(opened, "child.yml")).toContain(` --plan-digest ${digestOf(plan)}`);
    // Again over its own file, as in a job that is repeated: with --stale, nothing has moved.
    expect((await run(opened, [...flags, "--stale"], job)).code).toBe(0);
    expect(parse(read(opened, "child.yml"))).toHaveProperty("nothing-to-do");
  });

  const childFlags = ["--child", "--plan", "plan.json", "--output", "child.yml"];
  it.each<[string, readonly string[], NodeJS.ProcessEnv, string]>([
    [
      "outside of GitLab",
      childFlags,
      {},
      "CI_PIPELINE_ID is not set: --child works only in GitLab jobs",
    ],
    ["without a plan", ["--child", "--output", "child.yml"], job, "--child needs --plan"],
    ["without a file", ["--child", "--plan", "plan.json"], job, "--child needs --output"],
    ["with --check", [...childFlags, "--check"], job, "--child cannot be used with --check"],
    ["with --stage", [...childFlags, "--stage", "x"], job, "--child cannot be used with --stage"],
    ["with a plan alone", ["--plan", "plan.json"], job, "--plan needs --child"],
    ["with --stale alone", ["--stale"], job, "--stale needs --child"],
    [
      "with a plan that does not exist",
      ["--child", "--plan", "no.json", "--output", "child.yml"],
      job,
      "cannot read the plan no.json",
    ],
    [
      "with a plan that is none",
      ["--child", "--plan", "layerkeep.yml", "--output", "child.yml"],
      job,
      "layerkeep.yml",
    ],
    ["with an image that is none", ["--image", "a b"], {}, '--image is "a b"'],
    ["with a service that is none", ["--service", ""], {}, '--service is ""'],
  ])("is refused %s", async (_, flags, env, message) => {
    const { code, out } = await run(open(), flags, env);
    expect(code).toBe(2);
    expect(out).toContain(message);
  });
});
