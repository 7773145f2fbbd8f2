import { knownText, type Tri } from "../../../expressions/value.ts";
import type { Placed } from "../../../model/builds.ts";
import type { Build } from "../../../model/operation.ts";
import type { Span } from "../../../yaml/node.ts";

/** Whether a build adds provenance: by default it does. */
export function hasProvenance({ operation, step }: Placed<Build>): Tri {
  const { provenance } = operation;
  if (provenance === undefined) return isOn(knownText(step.env.get(noDefault))) !== true;
  const text = knownText(provenance.value);
  return text === undefined ? undefined : (isOn(text) ?? true);
}

/** Where provenance is turned off. */
export function provenanceSpan({ operation, step }: Placed<Build>): Span {
  return operation.provenance?.span ?? step.span;
}

/** Of buildx: no attestations unless they are asked for. */
const noDefault = "BUILDX_NO_DEFAULT_ATTESTATIONS";

/** Undefined for a text that is not a boolean, such as `mode=max`. */
function isOn(text: string | undefined): Tri {
  if (text === undefined || text === "") return undefined;
  if (/^(?:1|t|true)$/i.test(text)) return true;
  return /^(?:0|f|false)$|\bdisabled=true\b/i.test(text) ? false : undefined;
}
