import { expect, test } from "vitest";
import { UsageError } from "../../errors.ts";
import { parseStepSelector, selectsStep } from "./step-selector.ts";

test.each([
  ["3", "[3/5] RUN make", true],
  ["3", "[linux/arm64 build 3/5] RUN make", true],
  ["3/5", "[build 3/5] RUN make", true],
  ["build 3", "[build 3/5] RUN make", true],
  ["[stage-1 3/5]", "[stage-1 3/5] RUN make", true],
  ["build 3", "[stage-1 3/5] RUN make", false],
  ["3", "[build 13/15] RUN make 3/5", false],
  ["3", "exporting to image", false],
])("%s selects %s: %s", (text, name, expected) => {
  expect(selectsStep(parseStepSelector(text), name)).toBe(expected);
});

test.each(["", "make", "3/", "build", "-1", "RUN make 3 4", "1e3"])("%j is not a step", (text) => {
  expect(() => parseStepSelector(text)).toThrow(UsageError);
});
