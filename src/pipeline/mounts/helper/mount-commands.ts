import type { MountFolders } from "./helper-dockerfile.ts";

/**
 * An empty file in a mount and in its cache: both have the one of the same name if the mount has
 * had all that the cache has.
 */
export const markPrefix = ".layerkeep-";

/* What helper builds run: only commands that both GNU and busybox have, with options of both. */

/** Lists the names in a mount's folder. */
export function lookCommand({ mount, result }: MountFolders, token: string): string {
  return `: ${token}\nmkdir -p ${result}\nls -A ${mount} > ${result}/names`;
}

/**
 * Fills a mount. What the mount has already is kept, unless it is older. busybox replaces a link
 * only with -f.
 */
export function fillCommand({ mount, content }: MountFolders, token: string): string {
  return [
    `: ${token}`,
    `cp -a -u -f ${content}/files/. ${mount}/`,
    `cd ${mount}`,
    `sh ${content}/restore`,
  ].join("\n");
}

/**
 * Copies a mount's content, and lists its modes and owners if the image has find. Files may vanish
 * while another build uses the mount, so this is tried again.
 */
export function copyCommand({ mount, result }: MountFolders, token: string): string {
  return [
    `mkdir -p ${result}`,
    `cd ${mount}`,
    `rm -f ${markPrefix}*`,
    `: > ${markPrefix}${token}`,
    `copied=`,
    `for try in 1 2 3; do`,
    `  rm -rf ${result}/files`,
    `  if cp -a . ${result}/files; then copied=1; break; fi`,
    `done`,
    `test -n "$copied"`,
    `cd ${result}/files`,
    `find . -exec stat -c '%a %u %g %n' {} + > ${result}/attributes || :`,
    `chmod -R u+rwX .`,
  ].join("\n");
}
