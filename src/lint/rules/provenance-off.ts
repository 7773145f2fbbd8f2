import { buildsIn } from "../model/builds.ts";
import type { Rule } from "../rule.ts";
import { hasProvenance, provenanceSpan } from "./support/images/attestations.ts";
import { joinOutputs } from "./support/images/join-outputs.ts";
import { imageOutputs } from "./support/images/pushes.ts";

export const provenanceOff: Rule = {
  id: "provenance-off",
  severity: "warning",
  summary: "provenance is disabled because of two outputs",
  why: "Without provenance, two outputs have the same digest. A single output with both names has one digest even with provenance, so you can keep provenance enabled.",
  check: (pipeline, { find }) => {
    for (const scenario of pipeline.scenarios) {
      for (const placed of buildsIn(pipeline, scenario)) {
        const outputs = imageOutputs(placed.operation);
        if (outputs.length < 2 || hasProvenance(placed) !== false) continue;
        if (outputs.every(({ byDigest }) => byDigest === false)) continue;
        const alike = joinOutputs(outputs.map(({ settings }) => settings)) !== undefined;
        find({
          span: provenanceSpan(placed),
          message:
            "provenance is disabled, but a single output with all names would have one digest even with provenance",
          confidence: placed.runs === true && alike ? "high" : "medium",
        });
      }
    }
  },
};
