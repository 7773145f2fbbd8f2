import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parseDockerfile } from "../../src/dockerfile/parse/parse.ts";
import { readStages } from "../../src/dockerfile/stages/stages.ts";
import { UsageError } from "../../src/errors.ts";
import { testEngine } from "../support/engine.ts";
import { allAccepted, type GrammarCase, grammarCases } from "../support/dockerfile/grammar.ts";

// BuildKit converts each file, without building it (`--call`), and so says whether it takes it.

const { buildx, env } = testEngine();
const run = promisify(execFile);
const atOnce = 4;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "layerkeep-grammar-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test("a Dockerfile is refused exactly if BuildKit refuses it", async () => {
  const engine: Record<string, string> = {};
  const together = await askEngine({ text: allAccepted, accepted: true }, "Dockerfile", "check");
  const open = [...grammarCases.entries()].filter(([, one]) => {
    if (one.newest === true) return false;
    const isKnown = together === "" && allAccepted.includes(one.text) && one.accepted;
    if (isKnown) engine[titleOf(one)] = "";
    return !isKnown;
  });
  const asked = Array.from({ length: atOnce }, async () => {
    for (let next = open.shift(); next !== undefined; next = open.shift()) {
      engine[titleOf(next[1])] = await askEngine(next[1], `Dockerfile.${next[0]}`);
    }
  });
  await Promise.all(asked);
  const expected = grammarCases.filter(({ newest }) => newest !== true);
  expect(answers(engine)).toEqual(
    Object.fromEntries(expected.map((one) => [titleOf(one), one.accepted])),
  );
  const ours = Object.fromEntries(grammarCases.map((one) => [titleOf(one), askOurs(one)]));
  expect(answers(ours)).toEqual(
    Object.fromEntries(grammarCases.map((one) => [titleOf(one), one.accepted])),
  );
}, 120_000);

test("what is refused is said with its line", () => {
  const refused = grammarCases.filter(({ accepted }) => !accepted).map(askOurs);
  expect(
    refused.filter((said) => !/^Dockerfile:\d+: |target stage .* not found/.test(said)),
  ).toEqual([]);
});

function titleOf({ text, target }: GrammarCase): string {
  const short = text.length > 200 ? `${text.slice(0, 40)}… (${text.length})` : text;
  return target === undefined ? short : `${short} (target ${target})`;
}

/** Nothing is accepted with a message. */
function answers(said: Readonly<Record<string, string>>): Record<string, boolean | string> {
  return Object.fromEntries(
    Object.entries(said).map(([title, message]) => [title, message === ""]),
  );
}

/** `check` converts all stages, `outline` those that a build of the target needs. */
async function askEngine(
  { text, target }: GrammarCase,
  name: string,
  call: "check" | "outline" = "outline",
): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, text);
  const flags = target === undefined ? [] : [`--target=${target}`];
  try {
    await run(buildx, ["build", `--call=${call}`, `--file=${file}`, ...flags, folder], { env });
    return "";
  } catch (error) {
    return String(error);
  }
}

function askOurs({ text, target }: GrammarCase): string {
  try {
    const dockerfile = parseDockerfile(text, "Dockerfile");
    readStages(dockerfile, { args: {}, target, platform: { os: "linux", architecture: "amd64" } });
    return "";
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
}
