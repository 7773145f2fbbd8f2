import { UsageError } from "../../errors.ts";
import { trim } from "../parse/space.ts";
import { parseGoBool } from "./go-values.ts";

/**
 * Checks the value of the directive `check` (BuildKit: frontend/dockerfile/linter,
 * ParseLintOptions). Throws a usage error, without a place, for options that BuildKit refuses.
 */
export function checkLintOptions(text: string): void {
  if (trim(text) === "") return;
  const parts = trim(text).split(";");
  // Go's SplitN leaves everything after the second separator in the third part.
  for (const part of [
    ...parts.slice(0, 2),
    ...(parts.length > 2 ? [parts.slice(2).join(";")] : []),
  ]) {
    const equals = part.indexOf("=");
    const name = trim(equals < 0 ? part : part.slice(0, equals));
    if (equals < 0 || !["skip", "experimental", "error"].includes(name)) {
      throw new UsageError(`"${part}" is not a check option`, {
        hint: "separate skip=RULE[,RULE…], experimental=RULE[,RULE…] and error=true by semicolons, as in skip=StageNameCasing;error=true",
      });
    }
    const value = trim(part.slice(equals + 1));
    if (name === "error" && parseGoBool(value) === undefined) {
      throw new UsageError(`in the check directive, error must be true or false, not "${value}"`);
    }
  }
}
