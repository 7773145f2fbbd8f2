import { expect, it } from "vitest";
import { inputOf, wordRule, workflowOf } from "../../test/support/lint.ts";
import { fixFiles } from "./fix/fix-input.ts";
import { lintFiles } from "./lint-input.ts";
import { inTurns, type Turns } from "./turns.ts";

it("work without an end is stopped by a signal that arrives meanwhile", async () => {
  const abort = new AbortController();
  setTimeout(() => abort.abort(new Error("interrupted by SIGINT")), 1);
  function* endless(): Turns<never> {
    for (;;) yield;
  }
  await expect(inTurns(endless(), abort.signal)).rejects.toThrow("interrupted by SIGINT");
});

it.each([
  ["linted", lintFiles],
  ["fixed", fixFiles],
] as const)("no file is %s after an interrupt", async (_, work) => {
  const abort = new AbortController();
  const checked: string[] = [];
  const rule = {
    ...wordRule("latest"),
    check: ({ file }: { readonly file: { readonly path: string } }): void => {
      checked.push(file.path);
      abort.abort(new Error("interrupted by SIGINT"));
    },
  };
  const input = inputOf({ "a.yml": workflowOf("latest"), "b.yml": workflowOf("latest") });
  const options = {
    rules: [rule],
    minSeverity: "note",
    minConfidence: "low",
    unsafe: false,
  } as const;
  await expect(inTurns<unknown>(work(input, options), abort.signal)).rejects.toThrow(
    "interrupted by SIGINT",
  );
  expect(checked).toEqual(["a.yml"]);
});
