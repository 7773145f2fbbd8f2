import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { readIn as read, runCi } from "../../../test/support/ci/generator.ts";
import { createProject, type Project } from "../../../test/support/project.ts";

const config = "cache: ghcr.io/acme/cache\npublish: ghcr.io/acme/app\nvariants: {app: }\n";
const push = ".github/workflows/images.yml";
const pullRequest = ".github/workflows/images-pull-request.yml";

let project: Project | undefined;
afterEach(() => project?.[Symbol.dispose]());

function open(files: Readonly<Record<string, string>> = {}): Project {
  project = createProject(() => ({
    "layerkeep.yml": config,
    Dockerfile: "FROM scratch\n",
    ...files,
  }));
  return project;
}

const run = (opened: Project, ...flags: string[]) => runCi(opened, ["github", ...flags]);

describe("layerkeep ci github", () => {
  it("writes both workflows, and nothing the second time", async () => {
    const opened = open();
    expect(await run(opened, "--ref", "v9.9.9")).toMatchObject({
      code: 0,
      out: `wrote ${push}\nwrote ${pullRequest}\n`,
    });
    expect(parse(read(opened, push))).toMatchObject({ on: { push: { branches: ["main"] } } });
    expect(read(opened, push)).toContain("layerkeep/layerkeep/actions/plan@v9.9.9\n");
    expect((await run(opened, "--ref", "v9.9.9")).out).toBe(
      `${push} is up to date\n${pullRequest} is up to date\n`,
    );
  });

  it("--check tells which file differs, and writes none", async () => {
    const opened = open();
    await run(opened);
    expect((await run(opened, "--check")).code).toBe(0);
    opened.write({ "layerkeep.yml": `${config}branches: {default: trunk}\n` });
    const before = read(opened, push);
    expect(await run(opened, "--check")).toMatchObject({
      code: 1,
      out:
        `${push} does not match the config; run \`layerkeep ci github\` to update it\n` +
        `${pullRequest} is up to date\n`,
    });
    expect(read(opened, push)).toBe(before);
  });

  it("--check names the command with the given flags, quoted", async () => {
    const opened = open({ "it's.yml": `vars: {A: "1"}\n${config}` });
    const flags = ["-c", "it's.yml", "--name", "deploy", "--output-dir", "out"];
    const given = [...flags, "--ref", "main", "--var", "A=$x y"];
    const { out } = await run(opened, ...given, "--check");
    expect(out.split("\n")[0]).toBe(
      "out/deploy.yml does not exist; run `layerkeep ci github --config 'it'\\''s.yml' --name deploy --output-dir out --ref main --var 'A=$x y'` to create it",
    );
  });

  it("names the config in the head as it is found", async () => {
    const opened = open({ "layerkeep.yml": "", ".layerkeep.yml": config });
    rmSync(join(opened.dir, "layerkeep.yml"));
    await run(opened);
    expect(read(opened, push)).toContain('from ".layerkeep.yml". Do not edit');
    expect(read(opened, push)).not.toContain("config:");
  });

  it("--check tells which file is missing", async () => {
    const { code, out } = await run(open(), "--check", "--json");
    expect(code).toBe(1);
    expect(JSON.parse(out)).toEqual({
      files: [
        { path: push, state: "missing" },
        { path: pullRequest, state: "missing" },
      ],
    });
  });

  it("does not overwrite a workflow that it did not write, nor half of the files", async () => {
    const opened = open({ [pullRequest]: "name: mine\n" });
    const refused = await run(opened);
    expect(refused.code).toBe(2);
    expect(refused.out).toContain(`${pullRequest} was not generated, so it might be your own file`);
    expect(existsSync(join(opened.dir, push))).toBe(false);
    expect(read(opened, pullRequest)).toBe("name: mine\n");
    expect((await run(opened, "--force")).code).toBe(0);
    expect(read(opened, pullRequest)).not.toContain("mine");
  });

  it("names the config that is not found by itself, from the top of the repository", async () => {
    const opened = open({ "deploy/images.yml": config, "deploy/Dockerfile": "FROM scratch\n" });
    const flags = ["-c", "deploy/images.yml", "--name", "deploy", "--output-dir", "out"];
    expect((await run(opened, ...flags)).out).toContain("wrote out/deploy.yml\n");
    const text = read(opened, "out/deploy.yml");
    expect(parse(text)).toMatchObject({ name: "deploy", jobs: { gate: { name: "deploy" } } });
    expect(text.match(/config: deploy\/images\.yml/g)).toHaveLength(4);
  });

  it.each([
    [["--name", "a b"], "--name a b is not a valid workflow name"],
    [["--ref", "${{ github.ref }}"], "is not a branch, tag or commit"],
  ])("refuses %j", async (flags, message) => {
    const { code, out } = await run(open(), ...flags);
    expect(code).toBe(2);
    expect(out).toContain(message);
  });

  it.each([
    [
      "publish: quay.io/acme/app\npreview: quay.io/acme/preview\n",
      "previews are not published by generated workflows",
    ],
    [
      "ci: {}\n",
      "pull requests cannot write cache.scratch: set ci.logins.ghcr.io.read",
      "{repository: ghcr.io/acme/cache, scratch: ghcr.io/acme/scratch}",
    ],
    [
      "ci: {}\n",
      "pull requests cannot write cache.scratch: set ci.logins.quay.io.read",
      "{repository: ghcr.io/acme/cache, scratch: quay.io/acme/scratch}",
    ],
    [
      "ci: {logins: {quay.io: {username: A, password: B, read: {username: C, password: D}}}}\n",
      undefined,
      "{repository: ghcr.io/acme/cache, scratch: quay.io/acme/scratch}",
    ],
  ])("warns of what pull requests cannot do: %s", async (more, warning, cache = "ghcr.io/a/c") => {
    const text = `cache: ${cache}\n${more}variants: {app: }\n`;
    const { code, err } = await run(open({ "layerkeep.yml": text }));
    expect(code).toBe(0);
    expect(err).toBe(warning === undefined ? "" : `warning: ${warning}\n`);
  });

  it("refuses a config without a cache", async () => {
    const { code, out } = await run(open({ "layerkeep.yml": "variants: {app: }\n" }));
    expect(code).toBe(2);
    expect(out).toContain("the config has no cache");
  });
});
