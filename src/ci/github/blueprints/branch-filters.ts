/**
 * A filter for `on.push.branches` that matches every branch that a glob of ours matches
 * (docs.github.com, "Filter pattern cheat sheet"). It may match more: for GitHub, `?` is another
 * sign and has no counterpart. What is trusted is decided by the run.
 */
export function branchFilter(glob: string): string {
  const filter = glob.replace(/[+[\]\\]/g, "\\$&").replaceAll("?", "*");
  return filter.startsWith("!") ? `\\${filter}` : filter;
}

/** A filter that matches this branch and no other. */
export function exactFilter(branch: string): string {
  const filter = branch.replace(/[*?+[\]\\]/g, "\\$&");
  return filter.startsWith("!") ? `\\${filter}` : filter;
}
