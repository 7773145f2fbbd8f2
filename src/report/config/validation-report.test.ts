import { expect, it } from "vitest";
import type { Diagnostic } from "../../pipeline/validate/diagnostic.ts";
import { renderValidation, validationAnnotations } from "./validation-report.ts";

const dockerfile = [
  "FROM scratch",
  "# dist",
  "COPY --chown=dist:dist \\",
  "  # dist",
  "  distro dist /",
  'COPY ["dist", "/x"]',
  "COPY $DIR /",
].join("\n");
const view = {
  file: "/repo/layerkeep.yml",
  cwd: "/repo/sub",
  textOf: (file: string) => (file === "/repo/Dockerfile" ? dockerfile : undefined),
};
const error: Diagnostic = { severity: "error", file: "/repo/Dockerfile", message: "wrong" };
const shown = (changes: Partial<Diagnostic>): readonly string[] =>
  renderValidation({ variants: 1, legs: 2, diagnostics: [{ ...error, ...changes }] }, view).split(
    "\n",
  );

it.each([
  [3, "dist", ["../Dockerfile:5:10", "5 |   distro dist /", "  |          ^^^^"]],
  [6, "dist", ["../Dockerfile:6:8", '6 | COPY ["dist", "/x"]', "  |        ^^^^"]],
  [7, "$DIR", ["../Dockerfile:7:6", "7 | COPY $DIR /", "  |      ^^^^"]],
  [7, "gone", ["../Dockerfile:7:1", "7 | COPY $DIR /", "  | ^^^^"]],
])("marks the word of the instruction on line %i: %s", (line, word, [place, text, carets]) => {
  expect(shown({ line, word }).slice(1, 5)).toEqual([` --> ${place ?? ""}`, "  |", text, carets]);
});

it("shows what has no line, and what cannot be read", () => {
  const last = ["", "../layerkeep.yml is not valid: 1 variant, 2 legs, 1 error"];
  expect(shown({ file: undefined, hint: "try" })).toEqual([
    "error: wrong",
    " = hint: try",
    ...last,
  ]);
  expect(shown({ file: "/repo/gone", line: 4, column: 2 })).toEqual([
    "error: wrong",
    " --> ../gone:4:2",
    ...last,
  ]);
});

it("makes annotations with the same places", () => {
  const diagnostics = [{ ...error, line: 7, word: "$DIR", hint: "try" }];
  expect(validationAnnotations({ variants: 1, legs: 1, diagnostics }, view)).toEqual([
    {
      level: "error",
      text: "wrong\nhint: try",
      place: { file: "/repo/Dockerfile", line: 7, col: 6 },
    },
  ]);
});
