import { messageOf } from "../../errors.ts";

/** The event's payload as it was read: JSON of any shape, or why there is none. */
export type Payload =
  | { readonly json: Readonly<Record<string, unknown>> }
  | { readonly problem: string };

/**
 * Reads the file that `GITHUB_EVENT_PATH` names. Does not throw: a missing payload is a finding.
 */
export async function readPayload(
  path: string | undefined,
  readFile: (path: string) => Promise<string>,
): Promise<Payload> {
  if (path === undefined || path === "") {
    return { problem: "GITHUB_EVENT_PATH is not set, so the event payload is unknown" };
  }
  try {
    const json: unknown = JSON.parse(await readFile(path));
    if (isRecord(json)) return { json };
    return { problem: `the event payload ${path} is not a JSON object` };
  } catch (error) {
    return { problem: `cannot read the event payload ${path}: ${messageOf(error)}` };
  }
}

/** What is at a path in the payload; undefined if anything on the way is missing. */
export function payloadAt(payload: Payload, ...path: readonly string[]): unknown {
  let value: unknown = "json" in payload ? payload.json : undefined;
  for (const key of path) {
    value = isRecord(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  }
  return value;
}

/** A string in the payload; undefined if it is missing, empty or of another type. */
export function textAt(payload: Payload, ...path: readonly string[]): string | undefined {
  const value = payloadAt(payload, ...path);
  return typeof value === "string" && value !== "" ? value : undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
