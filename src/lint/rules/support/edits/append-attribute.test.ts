import { describe, expect, it } from "vitest";
import type { Repository } from "../../../files/repository.ts";
import { lintPipeline } from "../../../lint.ts";
import { readPipeline } from "../../../read-pipeline.ts";
import { sourceFile } from "../../../yaml/node.ts";
import { noIgnoreError } from "../../no-ignore-error.ts";

const repository: Repository = { root: "/", files: new Set(), read: () => undefined };

/** The lines of a build's inputs after the rule's fixes. */
function fixed(...inputs: readonly string[]): readonly string[] {
  const head = [
    "on: push",
    "jobs:",
    "  build:",
    "    runs-on: ubuntu-24.04",
    "    strategy: { matrix: { image: [a, b] } }",
    "    steps:",
    "      - uses: docker/build-push-action@v6",
  ];
  const lines = inputs.map((line) => `        ${line}`);
  const file = sourceFile("ci.yml", [...head, ...lines, ""].join("\n"));
  const { pipeline } = readPipeline(file, repository);
  if (pipeline === undefined) throw new Error("not a workflow");
  const edits = lintPipeline(pipeline, [noIgnoreError]).findings.flatMap(
    ({ fix }) => fix?.edits ?? [],
  );
  const text = edits.reduceRight(
    (before, { span, text }) => before.slice(0, span.start) + text + before.slice(span.end),
    file.text,
  );
  return text
    .split("\n")
    .slice(head.length, -1)
    .map((line) => line.slice(8));
}

describe("the fix adds ignore-error=true", () => {
  it.each([
    ["cache-to: type=gha", "cache-to: type=gha,ignore-error=true"],
    ["cache-to: type=gha,mode=max # why", "cache-to: type=gha,mode=max,ignore-error=true # why"],
    ['cache-to: "type=gha,mode=max"', 'cache-to: "type=gha,mode=max,ignore-error=true"'],
    [
      "cache-to: 'type=registry,ref=acme/a:${{ matrix.image }}'",
      "cache-to: 'type=registry,ref=acme/a:${{ matrix.image }},ignore-error=true'",
    ],
    ["cache-to: acme/app:cache", "cache-to: type=registry,ref=acme/app:cache,ignore-error=true"],
    [
      "cache-to: ${{ github.ref_type == 'branch' && 'type=gha,mode=max' || '' }}",
      "cache-to: ${{ github.ref_type == 'branch' && 'type=gha,mode=max,ignore-error=true' || '' }}",
    ],
  ])("%s", (before, after) => {
    expect(fixed("with:", `  ${before}`)).toStrictEqual(["with:", `  ${after}`]);
  });

  it("to each line of a block", () => {
    const lines = ["type=gha,scope=${{ matrix.image }}", "type=inline", "type=gha"];
    const [first = "", ...others] = lines.map((line) => `    ${line}`);
    expect(fixed("with:", "  cache-to: |", first, ...others).slice(2)).toStrictEqual([
      `${first},ignore-error=true`,
      "    type=inline",
      "    type=gha,ignore-error=true",
    ]);
  });

  it("but not to a value that a comma would end, or that an expression makes", () => {
    const flow = "with: { cache-to: type=gha }";
    expect(fixed(flow)).toStrictEqual([flow]);
    const made = "  cache-to: ${{ format('type={0}', 'gha') }}";
    expect(fixed("with:", made)).toStrictEqual(["with:", made]);
  });
});
