import type { Field } from "../../../lint/model/field.ts";
import type { JobRun } from "../../../lint/model/pipeline.ts";
import { metadataOf } from "./metadata.ts";
import type { Reading } from "../reading.ts";
import { configText } from "../texts.ts";

/** Labels of docker/metadata-action that describe the commit are annotations of the index here. */
export function labelsOf(
  given: readonly Field[],
  job: JobRun,
  reading: Reading,
): Record<string, string> {
  const lines = given.flatMap((line) => {
    const [first] = line.value.unknown;
    const metadata =
      line.value.text.includes("=") || first === undefined
        ? undefined
        : metadataOf(first.expression, job, reading);
    return metadata?.labels ?? [line];
  });
  return pairs(
    lines.flatMap(({ value, span }) => {
      if (/^org\.opencontainers\.image\.(?:created|revision|version|source|url)=/.test(value.text))
        return [];
      const text = configText(value, reading);
      if (text === undefined || text.includes("{{")) {
        const name = value.text.split("=", 1)[0] ?? "";
        const hint =
          "remove it: the published index has the commit and version as annotations, and a label would rebuild the image for each commit";
        reading.lost.add(span, `the value of the label ${name} is only known at run time`, hint);
        return [];
      }
      return [text];
    }),
  );
}

/** Lines of the form `NAME=value`. */
export function pairs(lines: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    lines.flatMap((line) => {
      const equals = line.indexOf("=");
      return equals < 0 ? [] : [[line.slice(0, equals), line.slice(equals + 1)] as const];
    }),
  );
}
