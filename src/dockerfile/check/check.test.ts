import { describe, expect, it } from "vitest";
import { grammarCases } from "../../../test/support/dockerfile/grammar.ts";
import { UsageError } from "../../errors.ts";
import { parseDockerfile } from "../parse/parse.ts";
import { readStages } from "../stages/stages.ts";

/** The problem of a Dockerfile; empty if it has none. */
function complaintOf(text: string, target?: string): string {
  try {
    const dockerfile = parseDockerfile(text, "Dockerfile");
    const platform = { os: "linux", architecture: "amd64" };
    readStages(dockerfile, { args: {}, target, platform });
    return "";
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
}

// test/integration/dockerfile-grammar.test.ts asks the engine the same.
describe("a Dockerfile that BuildKit", () => {
  it("accepts is accepted", () => {
    const complaints = grammarCases
      .filter(({ accepted }) => accepted)
      .map(({ text, target }) => complaintOf(text, target));
    expect(complaints.filter((complaint) => complaint !== "")).toEqual([]);
  });

  it("refuses is refused", () => {
    const passed = grammarCases
      .filter(({ accepted }) => !accepted)
      .filter(({ text, target }) => complaintOf(text, target) === "");
    expect(passed).toEqual([]);
  });
});

describe("a problem is reported with its line and what to write", () => {
  it.each([
    ["COPY --form=x a /", "COPY does not support the --form flag (did you mean --from?)"],
    ["COPY --from a /", "COPY --from needs a value (use --from=…)"],
    [
      "COPY --chmod=9 a /",
      "COPY --chmod=9 is not a file mode (use an octal number up to 7777, such as 0755, or a symbolic mode, such as u=rwX,go=rX)",
    ],
    [
      "RUN --mount=type=cahce,target=/x y",
      "RUN --mount has an invalid type=cahce (expected one of bind, cache, tmpfs, secret, ssh)",
    ],
    [
      "RUN --mount=tagret=/x y",
      'RUN --mount does not support the "tagret" option (did you mean target?)',
    ],
    [
      "RUN --mount=type=cache y",
      "mounts of type cache need a target other than / (use target=/path)",
    ],
    ["SHELL [1]", "the JSON form of SHELL accepts only strings"],
    [
      "STOPSIGNAL SIGBOGUS",
      'STOPSIGNAL has an invalid signal "SIGBOGUS" (use a signal name, such as SIGTERM, or a number)',
    ],
    ["EXPOSE 80/http", "EXPOSE has an invalid port 80/http: http is not a supported protocol"],
  ])("%s", (text, message) => {
    expect(complaintOf(`FROM scratch\n${text}\n`)).toBe(`Dockerfile:2: ${message}`);
  });
});

describe("what depends on the base image", () => {
  it.each([
    "RUN --mount=type=cache x",
    "RUN --mount=type=$T,bogus=1 x",
    "STOPSIGNAL $S",
    "EXPOSE $P",
    "COPY --chmod=$M a /",
    "ADD --checksum=$C https://example.com/a /",
  ])("is not refused: %s", (text) => {
    expect(complaintOf(`FROM alpine\n${text}\n`)).toBe("");
  });
});
