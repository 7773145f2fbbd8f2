import type { Action } from "./rights/rights.ts";

/** Who sends a request, and what they may do. */
export interface Caller {
  /** Undefined if they did not log in. */
  readonly user: string | undefined;
  may(repository: string, action: Action): boolean;
  /** Whether the catalog lists a repository for them. */
  sees(repository: string): boolean;
}
