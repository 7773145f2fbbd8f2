import { buildsIn } from "../model/builds.ts";
import type { Rule } from "../rule.ts";
import { isSecret } from "./support/secret-values.ts";

export const secretInBuildArg: Rule = {
  id: "secret-in-build-arg",
  severity: "error",
  summary: "a secret is passed as a build argument",
  why: "Build arguments are part of the image's history and of its provenance: whoever can pull the image can read them. A secret mount is in neither.",
  check: (pipeline, { find, cannotTell }) => {
    for (const scenario of pipeline.scenarios) {
      for (const { operation: build, runs } of buildsIn(pipeline, scenario)) {
        for (const why of build.opaque) cannotTell(build.span, why);
        for (const { name, value, span } of build.buildArgs) {
          const secret = isSecret(name, value);
          if (secret === "no") continue;
          const what = secret === "surely" ? "is a secret" : "looks like a secret";
          find({
            span,
            message: `the build argument ${name} ${what}: the image keeps it in its history`,
            confidence: secret === "surely" && runs === true ? "high" : "medium",
          });
        }
      }
    }
  },
};
