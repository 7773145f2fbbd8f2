import type { LegResult } from "../../pipeline/build/build-leg.ts";
import type { DockerfileWarning } from "../../pipeline/build/dockerfile-warning.ts";

/** The engine's warnings about all legs, each once, by file and line. */
export function warningsOfLegs(results: readonly LegResult[]): readonly DockerfileWarning[] {
  const all = results.flatMap(({ dockerfileWarnings = [] }) => dockerfileWarnings);
  const once = new Map(
    all.map((warning) => [JSON.stringify([warning.file, warning.line, warning.message]), warning]),
  );
  return [...once.values()].sort(
    (a, b) => a.file.localeCompare(b.file) || (a.line ?? 0) - (b.line ?? 0),
  );
}

/** `server/Dockerfile:3: FromAsCasing: … (https://…)`. */
export function renderDockerfileWarning({ file, line, message, url }: DockerfileWarning): string {
  return `${placeOf(file, line)}: ${message}${url === null ? "" : ` (${url})`}`;
}

/**
 * A warning as a workflow command of GitHub Actions, which shows it beside the line in a pull
 * request. `file`: the Dockerfile's path in the repository; undefined for an inline one, whose place
 * is part of the text.
 */
export function renderAnnotation(
  { file: name, line, message, detail, url }: DockerfileWarning,
  file: string | undefined,
): string {
  const [, title] = /^(\w+): /.exec(message) ?? [];
  const place = file === undefined ? {} : { file, line };
  const properties = Object.entries({ ...place, title }).flatMap(([key, value]) =>
    value === null || value === undefined ? [] : [`${key}=${escapeProperty(String(value))}`],
  );
  const first = file === undefined ? `${placeOf(name, line)}: ${message}` : message;
  const text = [first, detail, url ?? ""].filter((part) => part !== "").join("\n");
  return `::warning ${properties.join(",")}::${escapeData(text)}`;
}

function placeOf(file: string, line: number | null): string {
  return line === null ? file : `${file}:${line}`;
}

/** As actions/toolkit escapes them (packages/core/src/command.ts). */
function escapeData(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
