import { knownText } from "../expressions/value.ts";
import { isSure } from "../model/caches.ts";
import { buildsIn, type Placed } from "../model/builds.ts";
import type { Build, Settings } from "../model/operation.ts";
import type { Pipeline } from "../model/pipeline.ts";
import type { Report, Rule } from "../rule.ts";
import { stagesOf } from "./support/images/stages-of.ts";
import { stageName, stagesBeside } from "./support/images/stages-beside.ts";
import { appendAttribute } from "./support/edits/append-attribute.ts";

export const cacheModeMin: Rule = {
  id: "cache-mode-min",
  severity: "warning",
  summary: "the cache does not include the stages that the image copies from",
  why: "mode=min, the default, exports only the layers of the final image. The steps of other stages, often the slowest ones, run again on every new machine.",
  check: (pipeline, report) => {
    for (const scenario of pipeline.scenarios) {
      for (const placed of buildsIn(pipeline, scenario)) {
        for (const settings of placed.operation.cacheTo) check(placed, settings, pipeline, report);
      }
    }
  },
};

function check(
  placed: Placed<Build>,
  settings: Settings,
  { repository }: Pipeline,
  { find, cannotTell }: Report,
): void {
  const { type, span, attributes } = settings;
  // inline-cache-expected-max is about the inline cache.
  if (type === undefined || type === "inline") return;
  const mode = attributes.get("mode");
  const given = mode === undefined ? undefined : knownText(mode);
  if (mode !== undefined && given !== "min") {
    if (given === undefined) cannotTell(span, "the mode of this cache is only known at run time");
    return;
  }
  const built = stagesOf(placed, repository);
  if ("why" in built) {
    cannotTell(span, `cannot read the stages of the Dockerfile: ${built.why}`);
    return;
  }
  const [stage] = stagesBeside(built.stages);
  if (stage === undefined) return;
  const fix = given === "min" ? undefined : appendAttribute(settings, "mode=max");
  find({
    span,
    message: `this cache does not include the steps of the stage ${stageName(stage)} in ${built.path}`,
    confidence: isSure(placed, settings) && given === undefined ? "high" : "medium",
    ...(given === "min" ? { severity: "note" } : {}),
    // The cache grows.
    ...(fix === undefined ? {} : { fix: { ...fix, safe: false } }),
  });
}
