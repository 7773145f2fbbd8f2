import { knownText } from "../expressions/value.ts";
import { buildsIn } from "../model/builds.ts";
import { dockerfileOf, stageNames } from "../model/dockerfile-of.ts";
import { nearest } from "../../nearest.ts";
import type { Rule } from "../rule.ts";
import { replaceScalar } from "./support/replace-scalar.ts";

export const missingTarget: Rule = {
  id: "missing-target",
  severity: "error",
  summary: "a build asks for a stage that the Dockerfile does not have",
  why: "The build fails before its first step. If it only warms a cache and is allowed to fail, nobody notices, and no other build finds a cache.",
  check: (pipeline, { find, cannotTell }) => {
    for (const scenario of pipeline.scenarios) {
      for (const { operation: build, job } of buildsIn(pipeline, scenario)) {
        const { target } = build;
        if (target === undefined) continue;
        const name = knownText(target.value);
        const read = dockerfileOf(build, job, pipeline.repository);
        if (name === undefined) {
          cannotTell(target.span, `the target is only known in a run: ${target.value.text}`);
        } else if ("why" in read) {
          cannotTell(target.span, read.why);
        } else {
          const names = stageNames(read.dockerfile);
          if (names.includes(name.toLowerCase())) continue;
          const near = nearest(name, names);
          find({
            span: target.span,
            message: `${read.path} has no stage ${name}: ${hintOf(near, names)}`,
            confidence: "high",
            fix: near === undefined ? undefined : replaceScalar(target.span, name, near),
          });
        }
      }
    }
  },
};

function hintOf(near: string | undefined, names: readonly string[]): string {
  if (near !== undefined) return `did you mean ${near}?`;
  if (names.length === 0) return "its stages have no names";
  const more = names.length - mostNamed;
  return more > 0
    ? `it has ${names.slice(0, mostNamed).join(", ")} and ${more} more`
    : `it has ${names.join(", ")}`;
}

/** In one message. */
const mostNamed = 12;
