import { buildsIn } from "../model/builds.ts";
import type { Rule } from "../rule.ts";
import { isSecret } from "./support/shell/secret-values.ts";

export const secretInBuildArg: Rule = {
  id: "secret-in-build-arg",
  severity: "error",
  summary: "a secret is passed as a build argument",
  why: "Build arguments are stored in the history and the provenance of the image, so anyone who can pull the image can read them. A secret mount is stored in neither.",
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
            message: `the build argument ${name} ${what}, but the image history stores build arguments`,
            confidence: secret === "surely" && runs === true ? "high" : "medium",
          });
        }
      }
    }
  },
};
