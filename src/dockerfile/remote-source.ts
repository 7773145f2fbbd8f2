/**
 * Whether a source of ADD, or a build context, is fetched from elsewhere, by BuildKit's rules
 * (util/gitutil): `git://`, `ssh://`, `user@host:path`, an HTTP address whose path ends with
 * `.git`, and any other HTTP address. Undefined for a local path.
 */
export function remoteKind(source: string): "http" | "git" | undefined {
  if (/^https?:\/\//.test(source)) {
    const path = source.replace(/[?#].*$/, "");
    return path.endsWith(".git") ? "git" : "http";
  }
  if (/^(?:git|ssh):\/\//.test(source)) return "git";
  return /^[a-zA-Z0-9-_]+@[a-zA-Z0-9-.]+:[^/]/.test(source) ? "git" : undefined;
}

/** Whether a build context is not a folder on this machine, `-` (stdin) included. */
export function isRemoteContext(context: string): boolean {
  return (
    remoteKind(context) !== undefined ||
    context === "-" ||
    /^(?:docker-image|oci-layout|target):/.test(context) ||
    // Only a build context may leave the protocol out.
    context.startsWith("github.com/")
  );
}
