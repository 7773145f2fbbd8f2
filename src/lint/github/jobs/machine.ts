import { knownText, type Text } from "../../expressions/value.ts";
import { hostedRunner, type HostedRunner } from "./runner-labels.ts";

/** A machine as the `runner` context describes it. */
export interface Machine {
  readonly os: "Linux" | "Windows" | "macOS";
  readonly arch: "X64" | "ARM64";
}

/** The machine of one of GitHub's own runners; undefined for others. */
export function machineOf(labels: readonly Text[]): Machine | undefined {
  const [first] = labels.map(knownText);
  if (labels.length !== 1 || first === undefined) return undefined;
  const runner = hostedRunner(first) ?? largerRunner(first);
  if (runner === undefined) return undefined;
  return { os: systems[runner.os], arch: runner.architecture === "arm64" ? "ARM64" : "X64" };
}

const systems = { linux: "Linux", windows: "Windows", macos: "macOS" } as const;

/** Organizations name larger runners as they like, often `ubuntu-24.04-16-cores`. */
function largerRunner(label: string): HostedRunner | undefined {
  const [, name] = /^(ubuntu|windows|macos)-/.exec(label.toLowerCase()) ?? [];
  const os = name === "ubuntu" ? "linux" : name;
  if (os !== "linux" && os !== "windows" && os !== "macos") return undefined;
  return { os, architecture: /-arm(?:64)?(?:-|$)/i.test(label) ? "arm64" : "amd64" };
}
