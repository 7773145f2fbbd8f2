import { known } from "../../expressions/value.ts";
import type { ActionUse } from "../../model/pipeline.ts";
import type { Operation } from "../../model/operation.ts";
import type { ReadAction } from "./read-action.ts";

/** actions/cache restores, and saves when the job ends. */
export const cache: ReadAction = (action) => [savedCache(action, true)];
export const restoreCache: ReadAction = (action) => [savedCache(action, false)];
export const saveCache: ReadAction = (action) => [savedCache(action, true)];

function savedCache({ span, inputs }: ActionUse, saves: boolean): Operation {
  return { kind: "cache", span, key: inputs.get("key") ?? { value: known(""), span }, saves };
}
