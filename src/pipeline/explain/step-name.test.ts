import { expect, it } from "vitest";
import { parseStepName } from "./step-name.ts";

it.each([
  ["[2/5] RUN  make\n all", { stage: "", number: 2, keyword: "RUN", text: "RUN make all" }],
  ["[build 3/5] COPY a /a", { stage: "build", number: 3, keyword: "COPY", text: "COPY a /a" }],
  [
    "[linux/arm64 stage-1 1/2] WORKDIR /x",
    { stage: "stage-1", number: 1, keyword: "WORKDIR", text: "WORKDIR /x" },
  ],
  ["[linux/arm64 4/4] add x /", { stage: "", number: 4, keyword: "ADD", text: "add x /" }],
  ["[internal] load build definition", undefined],
  ["exporting cache", undefined],
])("parses %s", (name, expected) => {
  expect(parseStepName(name)).toEqual(expected);
});
