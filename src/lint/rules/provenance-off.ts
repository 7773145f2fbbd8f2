import { buildsIn } from "../model/builds.ts";
import type { Rule } from "../rule.ts";
import { hasProvenance, provenanceSpan } from "./support/attestations.ts";
import { joinOutputs } from "./support/join-outputs.ts";
import { imageOutputs } from "./support/pushes.ts";

export const provenanceOff: Rule = {
  id: "provenance-off",
  severity: "warning",
  summary: "provenance is turned off because of two outputs",
  why: "Without provenance, two outputs have one digest. One output with both names has one digest with provenance, too, so there is no need to turn it off.",
  check: (pipeline, { find }) => {
    for (const scenario of pipeline.scenarios) {
      for (const placed of buildsIn(pipeline, scenario)) {
        const outputs = imageOutputs(placed.operation);
        if (outputs.length < 2 || hasProvenance(placed) !== false) continue;
        if (outputs.every(({ byDigest }) => byDigest === false)) continue;
        const alike = joinOutputs(outputs.map(({ settings }) => settings)) !== undefined;
        find({
          span: provenanceSpan(placed),
          message: "provenance is off, but one output with all names would have one digest with it",
          confidence: placed.runs === true && alike ? "high" : "medium",
        });
      }
    }
  },
};
