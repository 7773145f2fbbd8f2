import { expect, it } from "vitest";
import { parseDockerfile } from "../../dockerfile/parse/parse.ts";
import { lineOfStep } from "./step-line.ts";

const text = `# syntax=docker/dockerfile:1
ARG BASE=alpine
FROM $BASE AS Deps
ENV A=b
WORKDIR /x
RUN one \\
    two
FROM deps
COPY a b
FROM scratch
COPY --from=1 b c
`;

it.each([
  ["[deps 2/3] WORKDIR /x", 5],
  ["[linux/arm64 deps 3/3] RUN one     two", 6],
  ["[stage-1 1/1] COPY a b", 9],
  ["[stage-2 1/1] COPY --from=1 b c", 11],
  ["[deps 3/3] COPY x y", undefined],
  ["[deps 2/5] WORKDIR /x", undefined],
  ["[other 2/3] WORKDIR /x", undefined],
  ["exporting to image", undefined],
])("%s is of line %s", (name, line) => {
  expect(lineOfStep(name, parseDockerfile(text, "Dockerfile"))).toBe(line);
});

it("knows the only stage of a Dockerfile", () => {
  const single = parseDockerfile("FROM alpine\nRUN a\nLABEL x=y\nRUN b\n", "Dockerfile");
  expect(lineOfStep("[3/3] RUN b", single)).toBe(4);
});
