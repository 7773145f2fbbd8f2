import { harmlessJson } from "../../harmless.ts";

/** What happened; docs/progress.md lists the types and their fields. */
export interface ProgressEvent {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** An event of `--progress rawjson`, as a line. `at`: milliseconds. */
export function renderProgressEvent({ type, ...rest }: ProgressEvent, at: number): string {
  return `${harmlessJson({ type, time: new Date(at).toISOString(), ...rest })}\n`;
}
