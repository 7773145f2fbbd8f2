import { describe, expect, it } from "vitest";
import { sameInAllRuns, sameText, type Text, type Tri, Unknown } from "./value.ts";

/** A text in which `steps` and `matrix` vary between jobs, and the rest between runs. */
function text(written: string): Text {
  const unknown = [...written.matchAll(/\$\{\{ (.*?) \}\}/g)].map(
    ([, expression = ""]) =>
      new Unknown(expression, /^(?:steps|matrix)/.test(expression) ? "job" : "run"),
  );
  return { text: written, unknown };
}

describe("texts of one run", () => {
  it.each<[string, string, Tri]>([
    ["a:b", "a:b", true],
    ["a:b", "a:c", false],
    ["${{ github.ref }}", "${{ github.ref }}", true],
    ["${{ steps.x }}", "${{ steps.x }}", undefined],
    ["${{ github.repository }}:a", "${{ github.repository }}:b", false],
    ["${{ steps.x }}:a", "${{ steps.x }}:b", undefined],
    ["cache:${{ github.ref }}", "cache:main", undefined],
    ["cache:${{ github.ref }}", "other:${{ github.ref }}", false],
  ])("%s and %s", (left, right, expected) => {
    expect(sameText(text(left), text(right))).toBe(expected);
  });
});

describe("texts of different runs", () => {
  it.each<[string, string, Tri]>([
    ["${{ github.repository }}:a", "${{ github.repository }}:a", true],
    ["${{ github.ref_name }}:a", "${{ github.ref_name }}:a", undefined],
    ["${{ github.ref_name }}:a", "${{ github.ref_name }}:b", undefined],
    ["${{ secrets.HOST }}/a", "${{ secrets.HOST }}/b", false],
    ["${{ secrets.GITHUB_TOKEN }}", "${{ secrets.GITHUB_TOKEN }}", undefined],
  ])("%s and %s", (left, right, expected) => {
    expect(sameInAllRuns(text(left), text(right))).toBe(expected);
  });
});
