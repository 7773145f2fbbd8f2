import type { Fix } from "../../../finding.ts";
import type { Settings } from "../../../model/operation.ts";

/**
 * Adds `attribute` to a cache as it is written. Undefined if that is not how it is written: it is the
 * value of an expression, or a plain value in `{…}`, which a comma would end.
 */
export function appendAttribute(settings: Settings, attribute: string): Fix | undefined {
  const { span, attributes } = settings;
  const { file, start, end } = span;
  const written = file.text.slice(start, end);
  const title = `add ${attribute}`;
  const edit = (text: string): Fix => ({ title, safe: true, edits: [{ span, text }] });
  if (written.includes("\n")) return undefined;
  const line = file.text.slice(file.text.lastIndexOf("\n", start - 1) + 1, start);
  const inBlock = /^\s*(?:- )?(?:[\w-]+:\s*)?["']?$|--cache-to[ =]["']?$/.test(line);
  if (/^type=[\w-]+/.test(written) && (written.includes(",") || inBlock)) {
    return edit(`${written},${attribute}`);
  }
  const isReference = attributes.size === 1 && attributes.get("ref")?.text === written;
  return isReference && inBlock ? edit(`type=registry,ref=${written},${attribute}`) : undefined;
}
