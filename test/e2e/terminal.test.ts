import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { testEngine } from "../support/engine.ts";
import { processesWith } from "../support/processes.ts";
import { createProject, type Project } from "../support/project.ts";
import { ctrlC, startInTerminal, type TerminalRun } from "../support/pseudo-terminal.ts";
import { engineEnv, smallProject } from "../support/small-build.ts";

const env = engineEnv();
const {
  registries: [registry],
  baseImage,
} = testEngine();
let project: Project;

/** As many legs as named, each of which prints and then sleeps. */
const slow = (number: number): string =>
  `  slow: { matrix: { n: [${Array.from({ length: number }, (_, at) => at + 1).join(", ")}] }, name: "slow-{n}", dockerfile: slow.Dockerfile, args: { N: "{n}" } }\n`;

beforeEach(() => {
  project = createProject((id) =>
    smallProject(config(id, "  core: {}\n"), {
      "slow.Dockerfile": `FROM ${baseImage.reference}\nARG N\nRUN echo 日本語 ${id} $N; sleep 60\n`,
      ".dockerignore": ".git\n*.yml\n*.Dockerfile\n",
    }),
  );
});

afterEach(() => project[Symbol.dispose]());

function config(id: string, variants: string): string {
  return `cache: ${registry}/${id}/cache\nvariants:\n${variants}`;
}

function build(columns: number, rows: number, ...args: readonly string[]): TerminalRun {
  const words = ["build", "--write", ...args];
  return startInTerminal(project, words, { columns, rows, env });
}

describe("Ctrl-C", () => {
  test("in a small terminal leaves one line that says what is staged", async () => {
    project.write({ "layerkeep.yml": config(project.id, `  core: {}\n${slow(20)}`) });
    const run = build(60, 10, "--jobs=16");
    await run.shows(/^slow-1\/linux\/amd64 .* \[2\/2\] RUN echo/m);
    await run.shows(/1 of 21 legs/);
    await run.shows(/^\+\d+ more$/m);
    const rows = await run.screen.rows();
    expect(rows).toHaveLength(9);
    expect(rows[0]).toMatch(/^core\/linux\/amd64 {2}built in|^\d of 21 legs, \d/);
    run.type(ctrlC);
    await run.shows(/stopping \d+ builds/);
    expect(await run.ended).toBe(130);
    const lines = await run.screen.lines();
    expect(lines.slice(-2)).toEqual([
      expect.stringMatching(/^core\/linux\/amd64 {2}built in .*, \d of 3 steps cached$/),
      "interrupted by SIGINT: 1 of 21 legs staged, to be reused (built: core/linux/amd64). Run the same command again to continue",
    ]);
    expect(await processesWith(project.dir)).toEqual([]);
  });

  test("SIGTERM does the same", async () => {
    project.write({ "layerkeep.yml": config(project.id, slow(2)) });
    const run = build(80, 24);
    await run.shows(/slow-2\/linux\/amd64 .*RUN echo/);
    run.kill("SIGTERM");
    expect(await run.ended).toBe(130);
    const lines = await run.screen.lines();
    expect(lines).toEqual([
      "interrupted by SIGTERM: 0 of 2 legs staged. Run the same command again to continue",
    ]);
  });
});

describe("a terminal that is resized in the middle", () => {
  test.each([
    [80, 24, 60, 10],
    [60, 10, 120, 40],
    [200, 50, 40, 8],
  ])("from %s × %s to %s × %s shows everything once", async (columns, rows, toColumns, toRows) => {
    project.write({ "layerkeep.yml": config(project.id, `  core: {}\n${slow(4)}`) });
    const run = build(columns, rows, "--jobs=5");
    await run.shows(/1 of 5 legs(?:.|\n)*slow-4/);
    await run.resize(toColumns, toRows);
    await run.shows(/^1 of 5 legs,.*\nslow-1.*\nslow-2.*\nslow-3.*\nslow-4.*$/m);
    const shown = await run.screen.rows();
    expect(shown.length).toBeLessThan(toRows);
    expect(shown.filter((row) => /^\d of \d legs/.test(row))).toHaveLength(1);
    run.type(ctrlC);
    expect(await run.ended).toBe(130);
    const last = (await run.screen.lines()).join("\n");
    expect(last).toMatch(/interrupted by SIGINT: 1 of 5 legs staged/);
    expect(await run.screen.rows()).not.toContainEqual(
      expect.stringMatching(/slow-|\d of \d legs,/),
    );
  });
});

describe("up", () => {
  test("with many images in a small terminal ends in one table and one line each", async () => {
    const names = Array.from({ length: 12 }, (_, at) => `image-${at + 1}`);
    project.write({
      "layerkeep.yml": `cache: ${registry}/${project.id}/cache
publish: { repository: "${registry}/${project.id}/{name}", tags: ["type=raw,value=1"] }
variants:
${names.map((name) => `  ${name}: {}\n`).join("")}`,
    });
    const options = { columns: 60, rows: 10, env };
    const first = startInTerminal(project, ["up", "--write"], options);
    await first.shows(/^\d+ of 12 legs, /m);
    expect(await first.ended).toBe(0);
    const lines = await first.screen.lines();
    const [legs, images] = [lines.indexOf(""), lines.lastIndexOf("")];
    const built = lines.slice(0, 12);
    expect(built.every((line) => /^image-\d+\/linux\/amd64 {2}built in /.test(line))).toBe(true);
    expect(lines.slice(12, legs)).toHaveLength(13);
    expect(lines[legs + 1]).toMatch(/^12 built in \d+\.\d s$/);
    expect(lines.slice(legs + 2, images)).toHaveLength(13);
    expect(lines.slice(images + 1)).toEqual([expect.stringMatching(/^12 images published: /)]);
    expect(lines.every((line) => line.length <= 60 || line.startsWith("12 images"))).toBe(true);

    const second = startInTerminal(project, ["up", "--write"], options);
    expect(await second.ended).toBe(0);
    const again = await second.screen.lines();
    expect(again.slice(0, 4)).toEqual([
      expect.stringMatching(/^LEG +RESULT /),
      expect.stringMatching(/^12 legs +reused +staged with/),
      "",
      expect.stringMatching(/^12 reused in \d+\.\d s/),
    ]);
    expect(again.at(-1)).toBe("0 images published, 12 unchanged");
  });
});

describe("a run that ends", () => {
  test("leaves a table that fits, with colours unless NO_COLOR is set", async () => {
    const first = build(60, 24);
    expect(await first.ended).toBe(0);
    const rows = await first.screen.rows();
    expect(rows).toEqual([
      expect.stringMatching(/^core\/linux\/amd64 {2}built in \d+\.\d s, \d of 3 steps cached$/),
      expect.stringMatching(/^LEG +RESULT +CACHED +TIME +WHY$/),
      expect.stringMatching(/^core\/linux\/amd64 +built +\d\/3 .*…$/),
      "",
      expect.stringMatching(/^1 built in \d+\.\d s$/),
    ]);
    expect(await first.screen.colourOf("built  ")).toBe("green");

    const options = { columns: 60, rows: 24, env: { ...env, NO_COLOR: "1" } };
    const second = startInTerminal(project, ["build", "--write"], options);
    expect(await second.ended).toBe(0);
    expect((await second.screen.rows()).at(-1)).toMatch(
      /^1 reused in \d+\.\d s(; about \d+ s saved)?$/,
    );
    expect(await second.screen.colourOf("reused")).toBe("none");
  });
});
