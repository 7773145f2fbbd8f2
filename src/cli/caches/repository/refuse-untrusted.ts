import { UsageError } from "../../../errors.ts";
import type { Session } from "../../run/session.ts";

/** Throws a usage error if this run is not trusted to do this. */
export function refuseUntrusted(
  { context, trust }: Pick<Session, "context" | "trust">,
  what: "delete" | "write",
  things: "caches" | "previews",
): void {
  // Outside the CIs that we know, a user has typed the command and means it.
  if (context.provider === "git" || trust.level !== "untrusted") return;
  throw new UsageError(`this run is not allowed to ${what} ${things}: ${trust.reason}`, {
    hint: "run the command on the default branch, for example in a scheduled job",
  });
}
