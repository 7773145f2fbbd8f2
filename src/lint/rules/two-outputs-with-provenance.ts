import type { Fix } from "../finding.ts";
import { buildsIn } from "../model/builds.ts";
import type { Rule } from "../rule.ts";
import { hasProvenance } from "./support/attestations.ts";
import { joinOutputs } from "./support/join-outputs.ts";
import { type ImageOutput, imageOutputs } from "./support/pushes.ts";

export const twoOutputsWithProvenance: Rule = {
  id: "two-outputs-with-provenance",
  severity: "error",
  summary: "a build pushes by digest to two outputs, and its provenance makes two digests",
  why: "The provenance of an output names the image that it is pushed to, so each output has a digest of its own. The build reports one of them, which the other repository does not have.",
  check: (pipeline, { find, cannotTell }) => {
    for (const scenario of pipeline.scenarios) {
      for (const placed of buildsIn(pipeline, scenario)) {
        const { operation: build, runs } = placed;
        const unread = build.outputs.find(({ type }) => type === undefined);
        if (unread !== undefined) {
          cannotTell(unread.span, `which outputs the build has: ${unread.value.text}`);
        }
        const outputs = imageOutputs(build);
        const [first, second] = outputs;
        const provenance = hasProvenance(placed);
        if (first === undefined || second === undefined || provenance === false) continue;
        if (outputs.every(({ byDigest }) => byDigest === false)) continue;
        const sure = runs === true && provenance === true && outputs.some(isByDigest);
        find({
          span: second.settings.span,
          message: "with provenance, this output has a different digest from the one before it",
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
