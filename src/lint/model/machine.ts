import { knownText, type Text } from "../expressions/value.ts";

/** A machine as the `runner` context describes it. */
export interface Machine {
  readonly os: "Linux" | "Windows";
  readonly arch: "X64" | "ARM64";
}

/** The machine of GitHub's own labels; undefined for others, and for macOS, which has no Docker. */
export function machineOf(labels: readonly Text[]): Machine | undefined {
  const [first] = labels.map(knownText);
  if (labels.length !== 1 || first === undefined) return undefined;
  const [, os, version] = /^(ubuntu|windows)-([\w.-]+)$/.exec(first) ?? [];
  if (os === undefined) return undefined;
  const arch = version?.endsWith("-arm") === true ? "ARM64" : "X64";
  return { os: os === "ubuntu" ? "Linux" : "Windows", arch };
}
