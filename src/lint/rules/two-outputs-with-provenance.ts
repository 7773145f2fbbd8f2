import type { Fix } from "../finding.ts";
import { buildsIn } from "../model/builds.ts";
import type { Rule } from "../rule.ts";
import { hasProvenance } from "./support/images/attestations.ts";
import { joinOutputs } from "./support/images/join-outputs.ts";
import { type ImageOutput, imageOutputs } from "./support/images/pushes.ts";

export const twoOutputsWithProvenance: Rule = {
  id: "two-outputs-with-provenance",
  severity: "error",
  summary:
    "a build pushes by digest to two outputs, which have different digests because of provenance",
  why: "The provenance of each output contains its image name, so each output has a different digest. The build reports only one of them, which does not exist in the other repository.",
  check: (pipeline, { find, cannotTell }) => {
    for (const scenario of pipeline.scenarios) {
      for (const placed of buildsIn(pipeline, scenario)) {
        const { operation: build, runs } = placed;
        const unread = build.outputs.find(({ type }) => type === undefined);
        if (unread !== undefined) {
          cannotTell(unread.span, `the outputs ${unread.value.text} are only known at run time`);
        }
        const outputs = imageOutputs(build);
        const [first, second] = outputs;
        const provenance = hasProvenance(placed);
        if (first === undefined || second === undefined || provenance === false) continue;
        if (outputs.every(({ byDigest }) => byDigest === false)) continue;
        const sure = runs === true && provenance === true && outputs.some(isByDigest);
        find({
          span: second.settings.span,
          message: "with provenance, this output has a different digest from the previous output",
          confidence: sure ? "high" : "medium",
          fix: fixOf(outputs),
        });
      }
    }
  },
};

function isByDigest({ byDigest }: ImageOutput): boolean {
  return byDigest === true;
}

function fixOf(outputs: readonly ImageOutput[]): Fix | undefined {
  return joinOutputs(outputs.map(({ settings }) => settings));
}
