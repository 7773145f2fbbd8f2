/** The branch that a full ref names. */
export function branchOfRef(ref: string | undefined): string | undefined {
  return afterPrefix(ref, "refs/heads/");
}

/** The tag that a full ref names. */
export function tagOfRef(ref: string | undefined): string | undefined {
  return afterPrefix(ref, "refs/tags/");
}

function afterPrefix(ref: string | undefined, prefix: string): string | undefined {
  if (ref?.startsWith(prefix) !== true) return undefined;
  return ref.length > prefix.length ? ref.slice(prefix.length) : undefined;
}
