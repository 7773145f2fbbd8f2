import * as v from "valibot";

/** A command that uses the server. */
const command = v.object({ command: v.string(), pid: v.number(), since: v.string() });

/** What a running server says of itself. */
export const serverStatus = v.object({
  startedAt: v.string(),
  root: v.string(),
  /** Milliseconds without use after which it ends; null: it does not. */
  idleMs: v.nullable(v.number()),
  /** When it ends if nobody uses it; null: it is in use, or does not end by itself. */
  endsAt: v.nullable(v.string()),
  commands: v.array(command),
  openRequests: v.number(),
  /** Its last warnings. */
  warnings: v.array(v.string()),
});
export type ServerStatus = v.InferOutput<typeof serverStatus>;
export type UsingCommand = v.InferOutput<typeof command>;
