import type { Text } from "../../expressions/value.ts";

/** Whether what is not known of a text depends on the row of a matrix. */
export function isFromMatrix({ unknown }: Pick<Text, "unknown">): boolean {
  return unknown.some(({ expression }) => /\b(?:matrix|strategy)\b/.test(expression));
}
