import { UsageError } from "../../errors.ts";
import { formatPlatform, parsePlatform } from "../../oci/platform.ts";
import type { Branches, Refresh } from "../config.ts";
import type { Report } from "./report.ts";
import type { RawBranches, RawPins, RawRefresh } from "./schema.ts";

/** Checks `branches`; problems go to the report. */
export function normaliseBranches(raw: RawBranches | undefined, report: Report): Branches {
  const release = raw?.release ?? [];
  release.forEach((glob, index) =>
    report.try(["branches", "release", index], () => checkBranch(glob)),
  );
  const main = raw?.default;
  if (main !== undefined) report.try(["branches", "default"], () => checkBranch(main));
  return { default: main, release };
}

/** Checks `refresh`; problems go to the report. */
export function normaliseRefresh(raw: RawRefresh | undefined, report: Report): Refresh | undefined {
  if (raw === undefined) return undefined;
  const { arg, command } = raw;
  report.try(["refresh", "arg"], () => checkArgumentName(arg));
  if (command === undefined) return { arg, every: raw.every ?? "week", command: undefined };
  if (raw.every !== undefined) {
    report.add(
      ["refresh", "command"],
      "refresh cannot set both every and command",
      "remove the key every: the command's output decides when the value changes",
      "key",
    );
  }
  if (command.trim() === "") report.add(["refresh", "command"], "refresh.command is empty");
  return { arg, every: "command", command };
}

/** Checks `pins`; problems go to the report. */
export function normalisePins(
  raw: RawPins | undefined,
  hasEpoch: boolean,
  report: Report,
): boolean {
  const holds = raw?.hold === "epoch";
  if (holds && !hasEpoch) {
    const hint = "add refresh: {arg: REFRESH, every: week}, or remove pins";
    report.add(["pins", "hold"], "pins.hold: epoch needs refresh, which defines the epochs", hint);
  }
  return holds;
}

/** Checks `runners`, with platforms in our spelling as keys; problems go to the report. */
export function normaliseRunners(
  raw: Readonly<Record<string, string>> | undefined,
  report: Report,
): Record<string, string> {
  return normaliseByPlatform("runners", raw, report, (path, runner) => {
    if (runner.trim() === "") report.add(path, `${path.join(".")} is empty`);
    return runner;
  });
}

/** Checks `builders`, with platforms in our spelling as keys; problems go to the report. */
export function normaliseBuilders(
  raw: Readonly<Record<string, string | readonly string[]>> | undefined,
  report: Report,
): Record<string, readonly string[]> {
  return normaliseByPlatform("builders", raw, report, (path, given) => {
    const builders = typeof given === "string" ? [given] : given;
    const name = path.join(".");
    if (builders.length === 0 || builders.some((builder) => builder.trim() === "")) {
      const isOneOfSeveral = builders.length > 1;
      report.add(path, isOneOfSeveral ? `${name} has an empty name` : `${name} is empty`);
    }
    const twice = builders.find((builder, index) => builders.indexOf(builder) !== index);
    if (twice !== undefined) report.add(path, `${name} lists ${twice} twice`);
    return builders;
  });
}

function normaliseByPlatform<T, R>(
  section: "builders" | "runners",
  raw: Readonly<Record<string, T>> | undefined,
  report: Report,
  normalise: (path: readonly [string, string], value: T) => R,
): Record<string, R> {
  const normal: Record<string, R> = {};
  for (const [key, value] of Object.entries(raw ?? {})) {
    const path = [section, key] as const;
    const platform = report.try(path, () => formatPlatform(parsePlatform(key)), "key");
    const checked = normalise(path, value);
    if (platform === undefined) continue;
    if (Object.hasOwn(normal, platform)) {
      report.add(path, `${section} lists ${platform} twice`, undefined, "key");
    }
    normal[platform] = checked;
  }
  return normal;
}

/** Checks `insecure`; problems go to the report. */
export function normaliseInsecure(raw: readonly string[] | undefined, report: Report): string[] {
  const hosts = raw ?? [];
  hosts.forEach((host, index) => report.try(["insecure", index], () => checkHost(host)));
  return [...hosts];
}

/** Throws a usage error for a name that Docker does not accept as a build argument. */
export function checkArgumentName(name: string): void {
  if (!/^[A-Za-z_][A-Za-z0-9_.-]*$/.test(name)) {
    throw new UsageError(`"${name}" is not a valid build argument name`, {
      hint: "use letters, digits and _, not starting with a digit",
    });
  }
}

function checkBranch(text: string): void {
  const hint = text.startsWith("refs/heads/")
    ? `write ${text.slice("refs/heads/".length)}`
    : "use a branch name or glob, such as main or release/*";
  if (text === "" || text.startsWith("refs/") || /[\s~^:\\]/.test(text)) {
    throw new UsageError(`"${text}" is not a branch`, { hint });
  }
}

/** Throws a usage error for a text that is not a host, or a host and its port. */
export function checkHost(text: string): void {
  if (
    !/^(?:\[[0-9A-Fa-f:]+\]|[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?)(?::\d{1,5})?$/.test(text)
  ) {
    const host = text.replace(/^[a-z]+:\/\//, "").replace(/\/.*$/, "");
    throw new UsageError(`"${text}" is not a host`, {
      hint: host === text ? "write host or host:port" : `write ${host}`,
    });
  }
}
