import { knownText } from "../expressions/value.ts";
import { isSure } from "../model/caches.ts";
import { buildsIn, type Placed } from "../model/builds.ts";
import type { Build, Settings } from "../model/operation.ts";
import type { Rule } from "../rule.ts";
import { appendAttribute } from "./support/edits/append-attribute.ts";

export const noIgnoreError: Rule = {
  id: "no-ignore-error",
  severity: "warning",
  summary: "the build fails if its cache cannot be written",
  why: "By default, a failed cache export fails the build, even though the image was built and often pushed. A cache only saves time: without it, the next build is slower.",
  check: (pipeline, { find, cannotTell }) => {
    for (const scenario of pipeline.scenarios) {
      for (const placed of buildsIn(pipeline, scenario)) {
        for (const { span } of placed.operation.cacheTo.filter(({ type }) => type === undefined)) {
          cannotTell(span, "the settings of this cache are only known at run time");
        }
        for (const settings of placed.operation.cacheTo.filter((one) => isAtRisk(one, placed))) {
          const { span } = settings;
          const given = settings.attributes.get("ignore-error");
          if (given !== undefined && knownText(given) === undefined) {
            cannotTell(span, "the value of ignore-error is only known at run time");
          } else if (knownText(given) !== "true") {
            const fix = given === undefined && appendAttribute(settings, "ignore-error=true");
            find({
              span,
              message: "the build fails if this cache cannot be written",
              confidence: isSure(placed, settings) ? "high" : "medium",
              ...(fix ? { fix } : {}),
            });
          }
        }
      }
    }
  },
};

/** A build that is there for its cache should fail without it, or nobody notices. */
function isAtRisk({ type }: Settings, { operation, scenario }: Placed<Build>): boolean {
  if (type === undefined || type === "inline" || type === "local") return false;
  if (operation.outputs.some((output) => output.type === "cacheonly")) return false;
  const warms = operation.push === false && operation.outputs.length === 0;
  return !(warms && scenario.kind === "schedule");
}
