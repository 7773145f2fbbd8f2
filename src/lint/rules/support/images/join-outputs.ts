import type { Edit, Fix } from "../../../finding.ts";
import type { Settings } from "../../../model/operation.ts";

/**
 * Makes one output of several that differ in `name` alone: `type=image,"name=a,b",push=true`.
 * Undefined if they differ in more, or are not each on a line of their own as they are.
 */
export function joinOutputs(outputs: readonly Settings[]): Fix | undefined {
  const [first, ...others] = outputs;
  if (first === undefined || others.length === 0 || !outputs.every(isWritten)) return undefined;
  if (new Set(outputs.map(withoutName)).size > 1) return undefined;
  const names = outputs.flatMap((output) => namePattern.exec(writtenOf(output))?.[1] ?? []);
  if (names.length < outputs.length) return undefined;
  const { file } = first.span;
  const text = writtenOf(first).replace(namePattern, () => `"name=${names.join(",")}"`);
  const removed = others.map(({ span: { start, end } }): Edit => {
    const lineBreak = file.text.lastIndexOf("\n", start);
    return { span: { file, start: lineBreak, end }, text: "" };
  });
  return {
    title: "push both names with one output",
    safe: false,
    edits: [{ span: first.span, text }, ...removed],
  };
}

const namePattern = /"?\bname=([^",]+)"?/;

/** On its own line of a block. */
function isWritten(settings: Settings): boolean {
  const { file, start } = settings.span;
  const line = file.text.slice(file.text.lastIndexOf("\n", start - 1) + 1, start);
  return /^\s+$/.test(line) && /^type=\w+.*$/.test(writtenOf(settings));
}

function writtenOf({ span }: Settings): string {
  return span.file.text.slice(span.start, span.end);
}

function withoutName({ attributes }: Settings): string {
  const others = [...attributes].filter(([key]) => key !== "name");
  return others
    .map(([key, { text }]) => `${key}=${text}`)
    .sort()
    .join(",");
}
