import { readFileSync } from "node:fs";

/**
 * When a process started, in clock ticks since the machine did: with its id, this names it even if
 * the id is used again. Undefined if that is not known, as on systems without `/proc`. See proc(5),
 * field 22 of `stat`.
 */
export function startTicksOf(pid: number | string): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The second field is a name in parentheses that may contain anything.
    const ticks = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
    return /^\d+$/.test(ticks) ? ticks : undefined;
  } catch {
    return undefined;
  }
}
