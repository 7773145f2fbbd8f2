/** What steps write for later ones: `name=value` on a line of one of these files. */
export type KeptFile = "GITHUB_OUTPUT" | "GITHUB_ENV";
