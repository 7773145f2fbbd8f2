import type { Text } from "../expressions/value.ts";

/** The variables that a program has in its environment, by name. */
export interface Environment {
  readonly get: (name: string) => Text | undefined;
}
