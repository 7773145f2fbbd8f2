import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { runImport, runIn } from "../../../test/support/migrate/run-import.ts";
import { createProject, type Project } from "../../../test/support/project.ts";

let project: Project | undefined;
afterEach(() => project?.[Symbol.dispose]());

const workflow = `on: {push: {branches: [main]}}
jobs:
  image:
    runs-on: ubuntu-latest
    steps:
      - uses: docker/build-push-action@v6
        with:
          push: true
          tags: ghcr.io/\${{ github.repository }}:latest
`;

function open(files: Readonly<Record<string, string>> = {}): Project {
  project = createProject(() => ({
    Dockerfile: "FROM scratch\n",
    ".github/workflows/docker.yml": workflow,
    ...files,
  }));
  project.git("remote", "add", "origin", "https://github.com/acme/app.git");
  return project;
}

const importIt = (opened: Project, ...flags: readonly string[]) =>
  runImport(opened, "github", ...flags);

function has({ dir }: Project, path: string): boolean {
  return existsSync(join(dir, path));
}

describe("layerkeep import github", () => {
  it("writes the config and the workflows, and leaves the old one", async () => {
    const opened = open();
    const { code, out } = await importIt(opened);
    expect(out).toMatch(
      /^\.github\/workflows\/docker\.yml: 1 variant \(1 leg\), published to ghcr\.io\/acme\/app; compared in 2 runs \(a push to main, the tag v1\.2\.3\)\n/,
    );
    expect(out).toMatch(
      /\nfixed\n(?: {2}.*\n)*? {2}\.github\/workflows\/docker\.yml:\d+:\d+: .* \[cache-without-login\]\n/,
    );
    expect(out).toContain(
      `
wrote layerkeep.yml
wrote .github/workflows/images.yml
wrote .github/workflows/images-pull-request.yml

next: run \`layerkeep plan\`, and when the new workflow has built the images once, delete what it replaces in .github/workflows/docker.yml
`,
    );
    expect(code).toBe(0);
    expect(readFileSync(join(opened.dir, "layerkeep.yml"), "utf8")).toContain(
      "  repository: ghcr.io/acme/app\n",
    );
    expect(has(opened, ".github/workflows/docker.yml")).toBe(true);
    expect((await runIn(opened, "ci", "github", "--check")).code).toBe(0);
  });

  it("exits with 1 and a hint if something is not carried over", async () => {
    const opened = open({ ".github/workflows/docker.yml": `${workflow}      - run: make test\n` });
    const { code, out } = await importIt(opened, "--no-workflow");
    expect(code).toBe(1);
    expect(out).toContain(
      `
not carried over
  .github/workflows/docker.yml:10:14: the step \`make test\` of image is not part of a build
    run it in a job of your own
`,
    );
    expect(has(opened, "layerkeep.yml")).toBe(true);
    expect(has(opened, ".github/workflows/images.yml")).toBe(false);
  });

  it("--dry-run writes nothing, --stdout prints the config alone", async () => {
    const opened = open();
    expect((await importIt(opened, "--dry-run")).out).not.toContain("wrote");
    const { out, err } = await importIt(opened, "--stdout");
    expect(out).toMatch(/^# Made by `layerkeep import github`/);
    expect(err).toContain("1 variant (1 leg)");
    expect(has(opened, "layerkeep.yml")).toBe(false);
  });

  it("--json has what the report has", async () => {
    const { out } = await importIt(open(), "--json", "--dry-run");
    expect(JSON.parse(out)).toMatchObject({
      sources: [".github/workflows/docker.yml"],
      carried: { variants: 1, legs: 1, repositories: ["ghcr.io/acme/app"] },
      fixed: expect.any(Array) as unknown,
      ...{ lost: [], differences: [], problems: [] },
    });
  });

  it.each([
    ["layerkeep.yml", "layerkeep.yml already exists"],
    [".github/workflows/images.yml", ".github/workflows/images.yml was not generated"],
  ])("writes nothing if %s is someone's own, unless forced", async (path, message) => {
    const own = `# mine\n${workflow}`;
    const opened = open({ [path]: own });
    const { code, out } = await importIt(opened, ".github/workflows/docker.yml");
    expect({ code, out }).toEqual({ code: 2, out: expect.stringContaining(message) as unknown });
    expect(readFileSync(join(opened.dir, path), "utf8")).toBe(own);
    expect(has(opened, ".github/workflows/images-pull-request.yml")).toBe(false);
    expect((await importIt(opened, ".github/workflows/docker.yml", "--force")).code).toBe(0);
    expect(readFileSync(join(opened.dir, path), "utf8")).not.toBe(own);
  });

  it.each([
    [["missing.yml"], "cannot read missing.yml"],
    [["../other.yml"], "cannot read ../other.yml"],
    [["Dockerfile"], "Dockerfile"],
    [["--value", "x"], "Use EXPRESSION=value."],
    [["--config", "deploy/layerkeep.yml"], "is not at the top of the repository"],
  ])("refuses %j", async (flags, message) => {
    const { code, out, err } = await importIt(open(), ...flags);
    expect(code).toBe(2);
    expect(out + err).toContain(message);
  });

  it("without a workflow that builds, says what to run instead", async () => {
    const test = "on: push\njobs: {a: {runs-on: x, steps: [{run: make}]}}\n";
    const { code, out } = await importIt(open({ ".github/workflows/docker.yml": test }));
    expect(code).toBe(2);
    expect(out).toContain("layerkeep init");
  });
});

describe("layerkeep init", () => {
  it("offers the import if there are such workflows", async () => {
    const { err } = await runIn(open(), "init");
    expect(err).toBe(
      "note: .github/workflows/docker.yml may build images: `layerkeep import github` makes a config of it\n",
    );
  });

  it("is silent without one", async () => {
    const test = "on: push\njobs: {a: {runs-on: x, steps: [{run: make}]}}\n";
    const { err } = await runIn(open({ ".github/workflows/docker.yml": test }), "init");
    expect(err).toBe("");
  });
});
