import { knownText } from "../expressions/value.ts";
import { buildsIn } from "../model/builds.ts";
import { stageNames } from "../../dockerfile/stages/from.ts";
import { dockerfileOf } from "../model/dockerfile-of.ts";
import { nearest } from "../../nearest.ts";
import type { Rule } from "../rule.ts";
import { replaceScalar } from "./support/edits/replace-scalar.ts";

export const missingTarget: Rule = {
  id: "missing-target",
  severity: "error",
  summary: "a build uses a target that does not exist in the Dockerfile",
  why: "The build fails before its first step. If the build only warms a cache and is allowed to fail, nobody notices, and other builds find no cache.",
  check: (pipeline, { find, cannotTell }) => {
    for (const scenario of pipeline.scenarios) {
      for (const { operation: build, job } of buildsIn(pipeline, scenario)) {
        const { target } = build;
        if (target === undefined) continue;
        const name = knownText(target.value);
        const read = dockerfileOf(build, job, pipeline.repository);
        if (name === undefined) {
          cannotTell(target.span, `the target ${target.value.text} is only known at run time`);
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
  if (names.length === 0) return "it has no named stages";
  const more = names.length - mostNamed;
  return more > 0
    ? `it only has ${names.slice(0, mostNamed).join(", ")} and ${more} more`
    : `it only has ${names.join(", ")}`;
}

/** In one message. */
const mostNamed = 12;
