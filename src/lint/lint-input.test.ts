import { describe, expect, it } from "vitest";
import { inputOf, lintOptions, wordRule, workflowOf } from "../../test/support/lint.ts";
import { type LintedInput, lintInput } from "./lint-input.ts";
import { allRules } from "./rules/all-rules.ts";

const rule = wordRule("latest");
const options = lintOptions(rule);

/** `path:line`, and the message of what is a problem. */
function placesIn({ findings, problems }: LintedInput): readonly string[] {
  return [
    ...findings.map(({ span: { file, start } }) => `${file.path}:${file.placeOf(start).line}`),
    ...problems.map(({ path, line, message }) => `${path}:${line}: ${message}`),
  ];
}

function lintText(text: string): LintedInput {
  return lintInput(inputOf({ "a.yml": text }), options);
}

describe("a reusable workflow", () => {
  const called = "on: workflow_call\njobs: {b: {steps: [{run: latest}]}}\n";
  const path = ".github/workflows/called.yml";
  const callerOf = (event: string, uses = `./${path}`): string =>
    `on: ${event}\njobs: {a: {uses: ${uses}}}\n`;

  it("is checked with its callers, and what is found is told once", () => {
    const texts = { "a.yml": callerOf("push"), "b.yml": callerOf("release"), [path]: called };
    expect(placesIn(lintInput(inputOf(texts), options))).toEqual([`${path}:2`]);
  });

  it("is checked with a caller also if it is not among the files to lint", () => {
    const input = inputOf({ "a.yml": callerOf("push"), [path]: called }, ["a.yml"]);
    expect(placesIn(lintInput(input, options))).toEqual([`${path}:2`]);
  });

  it("is checked by itself if nothing calls it that something starts", () => {
    const around = inputOf({
      [path]: called.replace("}}", "}, c: {uses: ./.github/workflows/other.yml}}"),
      ".github/workflows/other.yml": callerOf("workflow_call"),
    });
    expect(placesIn(lintInput(around, options))).toContain(`${path}:2`);
    expect(placesIn(lintInput(inputOf({ [path]: called }), options))).toEqual([`${path}:2`]);
  });
});

it("does not claim to know all workflows if git does not list the files", () => {
  const cached = workflowOf("docker buildx build --cache-to type=gha,scope=a .");
  const rules = allRules.filter(({ id }) => id === "cache-not-read");
  const input = inputOf({ "a.yml": cached });
  const confidence = (files: ReadonlySet<string>): readonly string[] =>
    lintInput({ ...input, files }, lintOptions(...rules)).findings.map((one) => one.confidence);
  expect([confidence(input.files), confidence(new Set())]).toEqual([["high"], ["medium"]]);
});

describe("a comment", () => {
  it.each([
    ["on the line", "latest # layerkeep: ignore[no-latest] it is pinned elsewhere"],
    ["for every rule", "latest # layerkeep: ignore we know"],
    [
      "on the line before",
      "x\n      # layerkeep: ignore[other, no-latest] known\n      - run: latest",
    ],
    ["in a file with CRLF", "latest # layerkeep: ignore[no-latest] known\r"],
    ["with a space before the list", "latest # layerkeep: ignore [no-latest] known"],
    [
      "where the text of several lines begins",
      "| # layerkeep: ignore we know\n          x\n          latest",
    ],
  ])("%s silences a rule, and is counted", (_, command) => {
    const { findings, ignored } = lintText(workflowOf(command));
    expect({ findings, ignored }).toEqual({ findings: [], ignored: 1 });
  });

  it.each([
    ["for another rule", "latest # layerkeep: ignore[other] no"],
    ["with a word that only begins like it", "latest # layerkeep: ignored for now"],
    ["two lines before", "x # layerkeep: ignore[no-latest] no\n      - run: latest"],
  ])("%s does not", (_, command) => {
    expect(lintText(workflowOf(command))).toMatchObject({ findings: [{}], ignored: 0 });
  });
});

describe("a comment that names a rule that does not exist is a problem", () => {
  it.each([
    ["shared-chache", 'a.yml:6: no rule "shared-chache" to ignore: did you mean "shared-cache"?'],
    [
      "everything",
      'a.yml:6: no rule "everything" to ignore: run `layerkeep lint --list-rules` to list all rules',
    ],
  ])("%s", (id, problem) => {
    const linted = lintText(workflowOf(`x # layerkeep: ignore[shared-cache, ${id}] known`));
    expect(placesIn(linted)).toEqual([problem]);
    expect(linted.problems).toMatchObject([{ column: 50 }]);
  });

  it("also in an action that is only used", () => {
    const action = "runs:\n  using: composite\n  steps: [{run: latest}] # layerkeep: ignore[x]\n";
    const input = inputOf({ "a.yml": workflowOf("x"), "b/action.yml": action }, ["a.yml"]);
    const texts = new Map(input.texts).set("a.yml", workflowOf("x").replace("run: x", "uses: ./b"));
    expect(placesIn(lintInput({ ...input, texts }, options))).toEqual([
      "b/action.yml:3",
      'b/action.yml:3: no rule "x" to ignore: run `layerkeep lint --list-rules` to list all rules',
    ]);
  });
});

describe("what is reported has a least", () => {
  const rules = [
    wordRule("one", { severity: "note", confidence: "low" }),
    wordRule("two", { severity: "warning", confidence: "medium" }),
    wordRule("three", { severity: "error", confidence: "high" }),
  ];
  const input = inputOf({ "a.yml": workflowOf("one two three") });

  it.each([
    ["note", "low", ["no-one", "no-two", "no-three"]],
    ["warning", "low", ["no-two", "no-three"]],
    ["note", "high", ["no-three"]],
    ["error", "low", ["no-three"]],
  ] as const)("severity %s, confidence %s", (minSeverity, minConfidence, ids) => {
    const { findings } = lintInput(input, { rules, minSeverity, minConfidence });
    expect(findings.map((finding) => finding.rule)).toEqual(ids);
  });
});

describe("a file that is no workflow, or a broken one, is a problem and not clean", () => {
  it.each([
    ["", "a.yml:1: the file is empty"],
    ["text", "a.yml:1: not a workflow: the file is not a YAML map"],
    ["on: push", 'a.yml:1: not a workflow: the key "jobs" is missing'],
    ["jobs: {}", 'a.yml:1: not a workflow: the key "on" is missing'],
    ["on: push\njobs: []", "a.yml:1: not a workflow: jobs is not a map"],
    [
      "runs: {using: composite}",
      "a.yml:1: this is an action, not a workflow: actions are checked with the workflows that use them",
    ],
    ["on: push\njobs:\n\ta: b", "a.yml:3: Tabs are not allowed as indentation"],
    ["on: push\n---\na: 1", "a.yml:2: the file contains more than one YAML document"],
  ])("%j", (text, problem) => {
    const linted = lintText(text);
    expect(placesIn(linted)).toEqual([problem]);
    expect(linted.checked).toEqual([]);
  });

  it.each([
    ["a key twice", "on: push\njobs:\n  a: {}\n  a: {}\n", 'a.yml:4: the key "a" is set twice'],
    [
      "a merge key",
      "on: push\nx: &x {a: b}\njobs:\n  a:\n    <<: *x\n",
      "a.yml:5: GitHub Actions does not support merge keys (<<)",
    ],
    [
      "an alias in itself",
      "on: push\njobs: &a\n  a: *a\n",
      "a.yml:3: the alias *a refers to a value that contains it",
    ],
  ])("%s is told, and the rest is checked", (_, text, problem) => {
    const linted = lintText(text);
    expect(placesIn(linted)).toEqual([problem]);
    expect(linted.checked).toEqual(["a.yml"]);
  });
});

describe("a hostile file is refused in seconds", () => {
  const aliases = (of: string): string =>
    Array.from({ length: 12 }, (_, at) => {
      const inner = at === 0 ? "x" : `*a${at - 1}`;
      return `a${at}: &a${at} ${of.replace("…", Array(10).fill(inner).join(", "))}\n`;
    }).join("");
  const numbers = Array.from({ length: 100 }, (_, at) => at).join(", ");
  const steps = "      - run: 'true'\n".repeat(500);
  const matrix = `strategy: {matrix: {a: [${numbers}], b: [${numbers}]}}`;
  const tooMany =
    "the jobs of this workflow have more than 150,000 steps, counting all matrix jobs";
  const tooManyAliases = "the aliases in the file expand to more than 500,000 values";

  it.each([
    ["aliases of aliases", `${aliases("[…]")}on: push\njobs: {}\n`, tooManyAliases],
    ["deep lists", `on: push\njobs: ${"[".repeat(100_000)}`, "the file is nested too deeply"],
    ["steps times rows", `on: push\njobs:\n  a:\n    ${matrix}\n    steps:\n${steps}`, tooMany],
    [
      "variables times steps",
      `on: push\njobs:\n  a:\n    env:\n${Array.from({ length: 20_000 }, (_, at) => `      A${at}: x\n`).join("")}    steps:\n${"      - {run: a, env: {X: y}}\n".repeat(1_000)}`,
      tooMany,
    ],
  ])("%s", (_, text, problem) => {
    const { problems, checked } = lintText(text);
    expect({ problems, checked }).toMatchObject({ problems: [{ message: problem }], checked: [] });
  });

  it("rows of a matrix that rules compare with each other", () => {
    const build = `      - uses: docker/build-push-action@v6
        with: { push: true, cache-to: "type=registry,ref=a/b:\${{ matrix.a }}-\${{ matrix.b }}" }
`;
    const include = "          - { a: 1, c: 2 }\n".repeat(5_000);
    const rows = `        a: [${numbers}]\n        b: [${numbers}]\n        include:\n${include}`;
    const text = `on: push\njobs:\n  j:\n    runs-on: unknown\n    strategy:\n      matrix:\n${rows}    steps:\n${build}`;
    const began = performance.now();
    const { findings } = lintInput(inputOf({ "a.yml": text }), lintOptions(...allRules));
    expect(findings).toContainEqual(
      expect.objectContaining({
        message: "the matrix of j has at least 1000 jobs, but GitHub allows at most 256",
      }),
    );
    expect(performance.now() - began).toBeLessThan(40_000);
  });

  it("calls that multiply", () => {
    const path = (at: number): string => `.github/workflows/w${at}.yml`;
    const texts = Object.fromEntries(
      Array.from({ length: 9 }, (_, at) => {
        const uses = `{uses: ./${path(at + 1)}}`;
        const jobs = Array.from({ length: 20 }, (_, job) => `  j${job}: ${uses}\n`).join("");
        return [path(at), `on: {workflow_call: {}, push: {}}\njobs:\n${jobs}`];
      }),
    );
    const last = { [path(9)]: "on: workflow_call\njobs: {a: {steps: [{run: latest}]}}\n" };
    const { problems } = lintInput(inputOf({ ...texts, ...last }, [path(0)]), options);
    expect(problems).toMatchObject([{ path: path(0), message: tooMany }]);
  });
});
