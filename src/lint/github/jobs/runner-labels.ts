/**
 * The labels of GitHub's own runners, as of 29 November 2026:
 * https://docs.github.com/en/actions/reference/runners/github-hosted-runners, and the announcements
 * in https://github.com/actions/runner-images/issues?q=label%3AAnnouncement.
 */
export const labelsAsOf = "29 November 2026";

export interface HostedRunner {
  readonly os: "linux" | "windows" | "macos";
  readonly architecture: "amd64" | "arm64";
  /** Its last day, if that has been announced, and what replaces it. */
  readonly closes?: Closing;
}

export interface Closing {
  /** Such as `2027-04-17`. */
  readonly on: string;
  readonly instead: string;
  /** The issue of actions/runner-images that announces it. */
  readonly issue: number;
}

const [linux, linuxArm] = [
  { os: "linux", architecture: "amd64" },
  { os: "linux", architecture: "arm64" },
] as const;
const [windows, mac, macIntel] = [
  { os: "windows", architecture: "amd64" },
  { os: "macos", architecture: "arm64" },
  { os: "macos", architecture: "amd64" },
] as const;

/** One of GitHub's own runners, by its label in any case; undefined for others. */
export function hostedRunner(label: string): HostedRunner | undefined {
  const name = label.toLowerCase();
  return Object.hasOwn(hostedRunners, name) ? hostedRunners[name] : undefined;
}

/** By label. Those of larger runners have names that an organization chooses. */
export const hostedRunners: Readonly<Record<string, HostedRunner>> = {
  "ubuntu-latest": linux,
  "ubuntu-26.04": linux,
  "ubuntu-24.04": linux,
  "ubuntu-22.04": {
    ...linux,
    closes: { on: "2027-04-17", instead: "ubuntu-24.04", issue: 14254 },
  },
  "ubuntu-26.04-arm": linuxArm,
  "ubuntu-24.04-arm": linuxArm,
  "ubuntu-22.04-arm": {
    ...linuxArm,
    closes: { on: "2027-04-17", instead: "ubuntu-24.04-arm", issue: 14254 },
  },
  "ubuntu-slim": linux,
  "windows-latest": windows,
  "windows-2025": windows,
  "windows-2025-vs2026": windows,
  "windows-2022": windows,
  "windows-11-arm": { os: "windows", architecture: "arm64" },
  "macos-latest": mac,
  "macos-latest-large": macIntel,
  "macos-latest-xlarge": mac,
  "macos-26": mac,
  "macos-26-intel": macIntel,
  "macos-26-large": macIntel,
  "macos-26-xlarge": mac,
  "macos-15": mac,
  "macos-15-intel": macIntel,
  "macos-15-large": macIntel,
  "macos-15-xlarge": mac,
};

/** Labels that no runner has any more. */
export const retiredRunners: Readonly<Record<string, Closing>> = {
  "ubuntu-20.04": { on: "2025-04-15", instead: "ubuntu-24.04", issue: 11101 },
  "ubuntu-18.04": { on: "2023-04-03", instead: "ubuntu-24.04", issue: 6002 },
  "windows-2019": { on: "2025-06-30", instead: "windows-2022", issue: 12045 },
  ...macos("14", "2026-11-02", 13518),
  ...macos("13", "2025-12-04", 13046),
  ...macos("12", "2024-12-03", 10721),
};

function macos(version: string, on: string, issue: number): Readonly<Record<string, Closing>> {
  const label = `macos-${version}`;
  return {
    [label]: { on, instead: version === "14" ? "macos-15" : "macos-15-intel", issue },
    [`${label}-large`]: { on, instead: "macos-15-large", issue },
    [`${label}-xlarge`]: { on, instead: "macos-15-xlarge", issue },
  };
}
