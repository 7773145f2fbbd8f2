import type { LegResult } from "../../pipeline/build/build-leg.ts";
import type { DockerfileWarning } from "../../pipeline/build/dockerfile-warning.ts";
import type { Place } from "../annotation.ts";

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
 * A warning's text and place for an annotation of GitHub Actions. `file`: the Dockerfile's path;
 * undefined for an inline one, whose place is part of the text.
 */
export function annotateDockerfileWarning(
  { file: name, line, message, detail, url }: DockerfileWarning,
  file: string | undefined,
): { readonly text: string; readonly place: Place } {
  const [, title] = /^(\w+): /.exec(message) ?? [];
  const first = file === undefined ? `${placeOf(name, line)}: ${message}` : message;
  const text = [first, detail, url ?? ""].filter((part) => part !== "").join("\n");
  const place = file === undefined ? {} : { file, line: line ?? undefined };
  return { text, place: { ...place, title } };
}

function placeOf(file: string, line: number | null): string {
  return line === null ? file : `${file}:${line}`;
}
