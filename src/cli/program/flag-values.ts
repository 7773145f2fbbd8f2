import { UsageError } from "../../errors.ts";

/** Adds `linux/arm64=ubuntu-24.04-arm` to the runners by platform. */
export function addRunner(
  before: Readonly<Record<string, string>>,
  given: string,
): Readonly<Record<string, string>> {
  const [, platform, label] = /^([^=\s]+)=(\S.*)$/.exec(given) ?? [];
  if (platform === undefined || label === undefined) {
    throw new UsageError("Use PLATFORM=LABEL, such as linux/arm64=ubuntu-24.04-arm.");
  }
  return { ...before, [platform]: label };
}

/** Adds `NAME=value` to the variables. */
export function addVariable(
  before: Readonly<Record<string, string>>,
  given: string,
): Readonly<Record<string, string>> {
  const [, name, value] = /^([A-Za-z_][A-Za-z0-9_]*)=(.*)$/s.exec(given) ?? [];
  if (name === undefined || value === undefined) throw new UsageError("Use NAME=value.");
  return { ...before, [name]: value };
}

/** Adds `vars.REGISTRY=ghcr.io` to the values of expressions. */
export function addValue(
  before: Readonly<Record<string, string>>,
  given: string,
): Readonly<Record<string, string>> {
  const [, expression, value] = /^([^=]+)=(.*)$/s.exec(given) ?? [];
  if (expression === undefined || value === undefined)
    throw new UsageError("Use EXPRESSION=value.");
  return { ...before, [expression.trim()]: value };
}

/** A number of up to three digits. */
export function parseJobs(given: string): number {
  if (!/^[1-9]\d{0,2}$/.test(given)) throw new UsageError("Use an integer from 1 to 999.");
  return Number(given);
}

/** A number of up to five digits. */
export function parseMost(given: string): number {
  if (!/^[1-9]\d{0,4}$/.test(given)) throw new UsageError("Use an integer from 1 to 99999.");
  return Number(given);
}

/** A TCP port; 0 is any free one. */
export function parsePort(given: string): number {
  if (/^\d{1,5}$/.test(given) && Number(given) <= 65_535) return Number(given);
  throw new UsageError("Use a port from 1 to 65535, or 0 for any free port.");
}
