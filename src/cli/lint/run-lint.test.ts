import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { testIo } from "../../../test/support/io.ts";
import { at } from "../../../test/support/json.ts";
import { harmlessOutput, type Io } from "../io.ts";
import { runProgram } from "../program/create-program.ts";

const bad = `on: { push: { branches: [main] } }
jobs:
  build:
    strategy:
      matrix:
        image: [a, b]
    runs-on: ubuntu-24.04
    steps:
      - uses: docker/build-push-action@v6
        with:
          context: \${{ matrix.image }}
          cache-to: type=registry,ref=ghcr.io/acme/cache,mode=max
`;
const good = bad.replace("acme/cache", "acme/cache:${{ matrix.image }}");
const rule = ["--rule", "shared-cache"];
let root = "";

beforeEach(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), "layerkeep-lint-")));
  await mkdir(join(root, ".github", "workflows"), { recursive: true });
});

afterEach(() => rm(root, { recursive: true, force: true }));

function write(text: string, name = "a.yml"): Promise<void> {
  return writeFile(join(root, ".github", "workflows", name), text);
}

async function lint(
  args: readonly string[],
  changes: Partial<Io> = {},
): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  const { io, out, err } = testIo({ cwd: root, ...changes });
  const code = await runProgram(["lint", ...args], io);
  return { code, out: out(), err: err() };
}

it("colours the text, and nothing for programs, if standard output shows colours", async () => {
  await write(bad);
  const red = "\u001b[31merror[shared-cache]\u001b[0m: ";
  for (const [format, expected] of [
    ["text", true],
    ["json", false],
    ["sarif", false],
  ] as const) {
    const written: string[] = [];
    const output = harmlessOutput(
      (text) => void written.push(text),
      () => {},
      true,
    );
    await lint([...rule, "--format", format], output);
    expect(written.join("").startsWith(red), format).toBe(expected);
  }
});

describe("the exit code", () => {
  it.each<[string, string, number, RegExp]>([
    ["nothing found", good, 0, /^no findings, 1 file checked\n$/],
    ["a finding", bad, 1, /1 finding \(1 error\), 1 file checked\n$/],
    ["a file that is no workflow", "on: push", 2, /1 file with problems, 0 files checked\n$/],
  ])("%s", async (_, text, code, out) => {
    await write(text);
    const ran = await lint(rule);
    expect(ran.code).toBe(code);
    expect(ran.out).toMatch(out);
  });
});

describe("what the flags exclude", () => {
  it.each<[readonly string[], string]>([
    [["--json", "--format", "sarif"], "--json cannot be used with --format sarif"],
    [["--unsafe-fixes"], "--unsafe-fixes needs --fix"],
    [["--fix", "-"], "--fix cannot be used with standard input"],
    [["--rule", "shared-cach"], 'unknown rule "shared-cach"'],
    [["--ignore", "zzz"], 'unknown rule "zzz"'],
    [["--explain", "zzz"], 'unknown rule "zzz"'],
    [["--rule", "shared-cache", "--ignore", "shared-cache"], "leave no rules to check"],
    [["nowhere.yml"], "cannot read nowhere.yml: no such file"],
  ])("%j", async (args, message) => {
    await write(good);
    await expect(lint(args)).rejects.toThrow(message);
  });

  it("is not --json with the format json", async () => {
    await write(good);
    expect((await lint([...rule, "--json", "--format", "json"])).code).toBe(0);
  });

  it("suggests the rule that was meant", async () => {
    await expect(lint(["--rule", "shared-cach"])).rejects.toMatchObject({
      hint: 'did you mean "shared-cache"?',
    });
  });
});

it("reports only what is severe and certain enough", async () => {
  await write(bad.replace("[a, b]", "${{ fromJSON(vars.IMAGES) }}"));
  expect((await lint(rule)).code).toBe(1);
  expect((await lint([...rule, "--min-confidence", "high"])).code).toBe(0);
  expect((await lint([...rule, "--min-severity", "error"])).code).toBe(1);
});

it("prints JSON and SARIF on stdout alone", async () => {
  await write(bad);
  const json = await lint([...rule, "--json"]);
  expect(json.err).toBe("");
  expect(at(json.out, "findings", 0, "file")).toBe(".github/workflows/a.yml");
  const sarif = await lint([...rule, "--format", "sarif"]);
  expect(sarif.err).toBe("");
  expect(at(sarif.out, "runs", 0, "results", 0, "ruleId")).toBe("shared-cache");
});

describe("annotations", () => {
  const where = ".github/workflows/a.yml,line=12,col=21,endLine=12,endColumn=66,title=shared-cache";

  it("come by themselves in GitHub Actions, beside the text", async () => {
    await write(bad);
    const env = { GITHUB_ACTIONS: "true", GITHUB_WORKSPACE: join(root, "..") };
    const { out, err } = await lint(rule, { env });
    expect(out).toMatch(/^error\[shared-cache\]: /);
    expect(err).toContain(`::error file=${root.split("/").at(-1) ?? ""}/${where}::`);
    expect((await lint([...rule, "--json"], { env })).err).toBe("");
  });

  it("are all that --format github prints, wherever it runs", async () => {
    await write(bad);
    const { code, out, err } = await lint([...rule, "--format", "github"]);
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err).toMatch(new RegExp(`^::error file=${where}::each matrix job.*\n$`));
  });
});

describe("standard input", () => {
  const from = (...chunks: readonly (string | Buffer)[]): Partial<Io> => ({
    stdin: () => Readable.from(chunks.map((chunk) => Buffer.from(chunk))),
  });

  it("is checked as a file of the repository", async () => {
    const { code, out } = await lint([...rule, "-"], from(bad.slice(0, 20), bad.slice(20)));
    expect(code).toBe(1);
    expect(out).toContain("--> <stdin>:12:21\n");
  });

  it("has the limits that a file has", async () => {
    await expect(lint(["-"], from(Buffer.from([0xe9])))).rejects.toThrow("not UTF-8 text");
    await expect(lint(["-"], from(Buffer.alloc(3 << 20)))).rejects.toThrow("larger than 2 MiB");
  });
});

it("lists the rules, and prints the page of one", async () => {
  const { out } = await lint(["--list-rules"]);
  expect(out).toMatch(/^shared-cache +error +\S/m);
  const listed = await lint(["--list-rules", "--json"]);
  expect(at(listed.out, "rules", 0, "id")).toBe(out.split("\n")[1]?.split(" ")[0]);
  expect((await lint(["--explain", "shared-cache"])).out).toMatch(/^# shared-cache\n/);
});
