import type { LegResult } from "../../pipeline/build/build-leg.ts";
import type { DockerfileWarning } from "../../pipeline/build/dockerfile-warning.ts";
import { renderAnnotation } from "../annotation.ts";

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
 * A warning as an annotation of GitHub Actions. `file`: the Dockerfile's path in the repository.
 */
export function annotateDockerfileWarning(
  { line, message, detail, url }: DockerfileWarning,
  file: string,
): string {
  const [, title] = /^(\w+): /.exec(message) ?? [];
  const text = [message, detail, url ?? ""].filter((part) => part !== "").join("\n");
  return renderAnnotation("warning", text, { file, line: line ?? undefined, title });
}
