/**
 * The path of an action or workflow of the same repository: `./actions/x`, or `$/actions/x` at the
 * commit that runs. Undefined for one from elsewhere.
 */
export function localPath(uses: string): string | undefined {
  const [, path] = /^[.$]\/([^]*?)\/*$/.exec(uses) ?? [];
  return path;
}
