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
  const place = line === null ? file : `${file}:${line}`;
  return `${place}: ${message}${url === null ? "" : ` (${url})`}`;
}

/**
 * A warning as a workflow command of GitHub Actions, which shows it beside the line in a pull
 * request. `file`: the Dockerfile's path in the repository.
 */
export function renderAnnotation(
  { line, message, detail, url }: DockerfileWarning,
  file: string,
): string {
  const [, rule] = /^(\w+): /.exec(message) ?? [];
  const properties = Object.entries({ file, line, title: rule }).flatMap(([name, value]) =>
    value === null || value === undefined ? [] : [`${name}=${escapeProperty(String(value))}`],
  );
  const text = [message, detail, url ?? ""].filter((part) => part !== "").join("\n");
  return `::warning ${properties.join(",")}::${escapeData(text)}`;
}

/** As actions/toolkit escapes them (packages/core/src/command.ts). */
function escapeData(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
