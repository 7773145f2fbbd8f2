import { known } from "../../expressions/value.ts";
import type { ReadAction } from "./read-action.ts";

/** actions/upload-artifact; the name is `artifact` by default. */
export const upload: ReadAction = ({ span, inputs }) => {
  const name = inputs.get("name") ?? { value: known("artifact"), span };
  return [{ kind: "upload", span, name }];
};

/** actions/download-artifact; without a name or a pattern it downloads all artifacts of the run. */
export const download: ReadAction = ({ span, inputs }) => [
  { kind: "download", span, name: inputs.get("name"), pattern: inputs.get("pattern") },
];
