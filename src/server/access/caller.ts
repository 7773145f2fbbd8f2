import type { Action } from "./rights/rights.ts";

/** Who sends a request, and what is granted to them. */
export interface Caller {
  /** Undefined for who did not log in. */
  readonly user: string | undefined;
  may(repository: string, action: Action): boolean;
  /** Whether the catalog tells them of a repository. */
  sees(repository: string): boolean;
}
