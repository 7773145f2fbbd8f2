import { knownText } from "../expressions/value.ts";
import { cacheReads, cacheWrites, isSure, sameCache } from "../model/caches.ts";
import { buildsIn, type Placed } from "../model/builds.ts";
import type { Build } from "../model/operation.ts";
import type { Pipeline } from "../model/pipeline.ts";
import type { Report, Rule } from "../rule.ts";
import { stagesOf } from "./support/images/stages-of.ts";
import { stageName, stagesBeside } from "./support/images/stages-beside.ts";

export const inlineCacheExpectedMax: Rule = {
  id: "inline-cache-expected-max",
  severity: "warning",
  summary: "an inline cache is used as if it contained all stages",
  why: "An inline cache is part of the image and contains only the layers of that image, regardless of mode. The stages that the image copies from are rebuilt on every new machine.",
  check: (pipeline, report) => {
    for (const scenario of pipeline.scenarios) {
      const writes = cacheWrites(pipeline, scenario);
      const reads = cacheReads(pipeline, scenario);
      for (const placed of buildsIn(pipeline, scenario)) {
        // Another cache that a job fills may hold the other stages.
        const own = reads.filter((read) => read.placed === placed);
        const isFilled = own.some((read) =>
          writes.some((write) => sameCache(read, write) !== false),
        );
        if (!isFilled) check(placed, pipeline, report);
      }
    }
  },
};

function check(
  placed: Placed<Build>,
  { repository }: Pipeline,
  { find, cannotTell }: Report,
): void {
  const { cacheTo, buildArgs } = placed.operation;
  const inline = cacheTo.filter(({ type }) => type === "inline");
  const sure = inline.every((settings) => isSure(placed, settings)) && placed.runs === true;
  const confidence = sure ? "high" : "medium";
  const ignored = inline.find(({ attributes }) => knownText(attributes.get("mode")) === "max");
  if (ignored !== undefined) {
    find({ span: ignored.span, message: "an inline cache ignores mode=max", confidence });
    return;
  }
  const span = inline[0]?.span ?? buildArgs.find(isInlineCache)?.span;
  // So may another one that it writes itself.
  if (span === undefined || cacheTo.length > inline.length) return;
  const built = stagesOf(placed, repository);
  if ("why" in built) {
    cannotTell(span, `cannot read the stages of the Dockerfile: ${built.why}`);
    return;
  }
  const [stage] = stagesBeside(built.stages);
  if (stage === undefined) return;
  const message = `the inline cache does not include the steps of the stage ${stageName(stage)} in ${built.path}`;
  find({ span, message, confidence });
}

function isInlineCache({ name, value }: Build["buildArgs"][number]): boolean {
  return name === "BUILDKIT_INLINE_CACHE" && knownText(value) === "1";
}
