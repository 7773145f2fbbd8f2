/** Lines as one item of a script: it ends with the first command that fails. */
export function scriptOf(...lines: readonly (string | undefined)[]): string {
  const given = lines.filter((line) => line !== undefined);
  return ["set -e", ...given].map((line) => `${line}\n`).join("");
}
