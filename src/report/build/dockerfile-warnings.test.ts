import { renderAnnotation } from "../annotation.ts";
import { expect, it } from "vitest";
import { builtLeg, failedLeg } from "../../../test/support/results.ts";
import { summariseLegs } from "./build-report.ts";
import {
  annotateDockerfileWarning,
  renderDockerfileWarning,
  warningsOfLegs,
} from "./dockerfile-warnings.ts";

const casing = {
  file: "server/Dockerfile",
  line: 12,
  message: "FromAsCasing: 'as' and 'FROM' keywords' casing do not match",
  detail: "The 'as' keyword should match the case of the 'from' keyword",
  url: "https://docs.docker.com/go/dockerfile/rule/from-as-casing/",
};
const other = { ...casing, line: 3, message: "no rule", detail: "", url: null };

it("legs that share a Dockerfile share its warnings", () => {
  const legs = [
    builtLeg({ dockerfileWarnings: [casing] }),
    failedLeg({ dockerfileWarnings: [casing, other] }),
    builtLeg(),
  ];
  expect(warningsOfLegs(legs)).toEqual([other, casing]);
  expect(summariseLegs(legs)).toBe("3 legs: 2 built, 1 failed; 2 Dockerfile warnings");
});

it("a warning is a line with its place", () => {
  expect(renderDockerfileWarning(casing)).toBe(
    "server/Dockerfile:12: FromAsCasing: 'as' and 'FROM' keywords' casing do not match (https://docs.docker.com/go/dockerfile/rule/from-as-casing/)",
  );
  expect(renderDockerfileWarning({ ...other, line: null })).toBe("server/Dockerfile: no rule");
});

it("an annotation is one command, whatever the Dockerfile contains", () => {
  const annotated = (...given: Parameters<typeof annotateDockerfileWarning>): string => {
    const { text, place } = annotateDockerfileWarning(...given);
    return renderAnnotation("warning", text, place);
  };
  expect(annotated(casing, "app/server/Dockerfile")).toBe(
    "::warning file=app/server/Dockerfile,line=12,title=FromAsCasing::FromAsCasing: 'as' and 'FROM' keywords' casing do not match%0AThe 'as' keyword should match the case of the 'from' keyword%0Ahttps://docs.docker.com/go/dockerfile/rule/from-as-casing/",
  );
  expect(annotated({ ...other, file: "inline Dockerfile of app" }, undefined)).toBe(
    "::warning::inline Dockerfile of app:3: no rule",
  );
  const hostile = { ...other, line: null, message: "100%\n::error::x" };
  expect(annotated(hostile, "a,b:c\n")).toBe("::warning file=a%2Cb%3Ac%0A::100%25%0A: :error::x");
});
