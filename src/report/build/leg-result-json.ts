import type { LegResult } from "../../pipeline/build/build-leg.ts";

/** A result as JSON has it: of an error, the message. */
export function legResultJson(result: LegResult): object {
  return result.outcome === "failed" ? { ...result, error: result.error.message } : result;
}
