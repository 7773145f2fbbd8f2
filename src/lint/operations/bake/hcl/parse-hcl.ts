import type { SourceFile, Span } from "../../../yaml/node.ts";
import type { Block, Body, Expression } from "./expression.ts";
import { createCursor, type Cursor, HclError } from "./cursor.ts";
import { parseExpression } from "./parse-expression.ts";

/** A file in HCL; undefined if it is not valid. */
export function parseHcl(file: SourceFile): Body | undefined {
  const cursor = createCursor(file);
  try {
    const body = parseBody(cursor, 0);
    cursor.takeSpacesAndLines();
    return cursor.isAtEnd() ? body : undefined;
  } catch (error) {
    if (error instanceof HclError) return undefined;
    throw error;
  }
}

const deepest = 50;

function parseBody(cursor: Cursor, depth: number): Body {
  if (depth > deepest) throw new HclError();
  const attributes = new Map<string, Expression>();
  const blocks: Block[] = [];
  for (;;) {
    cursor.takeSpacesAndLines();
    const start = cursor.at();
    const name = cursor.takeMatch(identifier);
    if (name === undefined) return { attributes, blocks };
    cursor.takeSpaces();
    if (cursor.takes("=")) {
      attributes.set(name, parseExpression(cursor));
      continue;
    }
    const label = cursor.takeMatch(labels) ?? "";
    cursor.takeSpaces();
    if (!cursor.takes("{")) throw new HclError();
    const body = parseBody(cursor, depth + 1);
    cursor.takeSpacesAndLines();
    if (!cursor.takes("}")) throw new HclError();
    const span: Span = { file: cursor.file, start, end: cursor.at() };
    const [first = ""] = label.split(/\s+/);
    blocks.push({ type: name, name: first.replaceAll('"', ""), span, body });
  }
}

const identifier = /[A-Za-z_][\w-]*/y;
const labels = /(?:"[^"\n]*"|[A-Za-z_][\w-]*)(?:[ \t]+(?:"[^"\n]*"|[A-Za-z_][\w-]*))*/y;
