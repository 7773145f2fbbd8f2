import { describe, expect, it } from "vitest";
import type { Fix } from "../finding.ts";
import { lintPipeline } from "../lint.ts";
import { readPipeline } from "../read-pipeline.ts";
import { sourceFile } from "../yaml/node.ts";
import { expressionInShell } from "./expression-in-shell.ts";

describe("the fix of expression-in-shell", () => {
  it("sets an environment variable before the script", () => {
    const { text, safe } = fixed(`
      - name: Show # what it is
        run: |
          echo "\${{ github.event.issue.title }}" '\${{ github.event.issue.title }}'
        # the end
    `);
    expect(safe).toBe(true);
    expect(text).toBe(`
      - name: Show # what it is
        env:
          ISSUE_TITLE: \${{ github.event.issue.title }}
        run: |
          echo "\${ISSUE_TITLE}" ''"\${ISSUE_TITLE}"''
        # the end
    `);
  });

  it("adds to the variables of the step", () => {
    const { text } = fixed(`
      - run: echo "\${{ github.event.issue.title }}\${{ github.event.issue.body }}"
        env:
          # as before
          A: b
    `);
    expect(text).toBe(`
      - run: echo "\${ISSUE_TITLE}\${ISSUE_BODY}"
        env:
          # as before
          ISSUE_TITLE: \${{ github.event.issue.title }}
          ISSUE_BODY: \${{ github.event.issue.body }}
          A: b
    `);
  });

  it("uses a variable that there is", () => {
    const { text } = fixed(`
      - env: { TITLE: "\${{ github.event.issue.title }}" }
        run: echo "\${{ env.TITLE }}"
    `);
    expect(text).toContain('run: echo "${TITLE}"\n');
  });

  it("uses the name of a variable that the script gives the same value", () => {
    const { text } = fixed(`
      - run: |
          HEAD_REF="\${{ github.head_ref }}"
    `);
    expect(text).toContain('HEAD_REF="${HEAD_REF}"\n');
  });

  it("is not safe for a value that may be several words", () => {
    const { text, safe } = fixed(`
      - run: |
          echo \${{ github.event.issue.title }}
    `);
    expect([safe, text.includes('echo "${ISSUE_TITLE}"')]).toEqual([false, true]);
  });

  it.each([
    [
      "a here-document in quotes",
      "- run: |\n          cat <<'E'\n          ${{ github.head_ref }}\n          E",
    ],
    ["PowerShell", '- shell: pwsh\n        run: echo "${{ github.head_ref }}"'],
    ["a step in one line", "- { run: 'echo ${{ github.head_ref }}' }"],
    [
      "an expression that is not a property",
      "- run: echo \"${{ format('{0}', github.head_ref) }}\"",
    ],
    [
      "a name that is taken",
      '- env:\n          HEAD_REF: x\n        run: echo "${{ github.head_ref }}"',
    ],
    [
      "a variable of that name in the script",
      '- run: |\n          HEAD_REF=x\n          echo "${{ github.head_ref }}"',
    ],
    ["code that another program runs", "- run: bash -c 'echo ${{ github.head_ref }}'"],
    ["the start of a plain scalar", "- run: ${{ github.event.issue.title }}"],
  ])("is not there for %s", (_, step) => {
    const { findings } = lint(step);
    expect(findings.map(({ fix }) => fix)).toEqual([undefined]);
  });
});

function workflow(steps: string): string {
  return `on: [issues, pull_request_target]\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n      ${steps}\n`;
}

function lint(steps: string): ReturnType<typeof lintPipeline> {
  const file = sourceFile("ci.yml", workflow(steps));
  const repository = { root: "/", files: new Set<string>(), read: () => undefined };
  const { pipeline } = readPipeline(file, repository);
  if (pipeline === undefined) throw new Error("it is not a workflow");
  return lintPipeline(pipeline, [expressionInShell]);
}

/** The steps after the fix, which must remove every finding. */
function fixed(steps: string): { readonly text: string; readonly safe: boolean } {
  const fixes = lint(steps).findings.flatMap(({ fix }) => (fix === undefined ? [] : [fix]));
  const [fix] = fixes;
  if (fix === undefined) throw new Error("there is no fix");
  const before = workflow(steps);
  const after = applied(before, fix);
  const from = before.indexOf(steps);
  const text = after.slice(from, after.length - (before.length - from - steps.length));
  expect(lint(text).findings).toEqual([]);
  return { text, safe: fix.safe };
}

function applied(text: string, { edits }: Fix): string {
  return [...edits]
    .sort((a, b) => b.span.start - a.span.start)
    .reduce(
      (done, { span, text: by }) => done.slice(0, span.start) + by + done.slice(span.end),
      text,
    );
}
