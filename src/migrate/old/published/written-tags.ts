import type { Text } from "../../../lint/expressions/value.ts";
import type { Field } from "../../../lint/model/field.ts";
import type { Span } from "../../../lint/yaml/node.ts";
import type { Publication } from "../images/old-image.ts";
import type { Reading } from "../reading.ts";
import { repositoryOf } from "./repositories.ts";
import { literalRule, tagHint } from "./tag-rules.ts";
import { concrete, expressionsOf } from "../texts.ts";

/** Tags that are written out, by repository. */
export function byTags(fields: readonly Field[], reading: Reading): readonly Publication[] {
  const found = new Map<string, { span: Span; rules: string[]; tags: string[] }>();
  for (const field of fields) {
    const parts = splitReference(field.value);
    const repository = repositoryOf({ ...field, value: parts.repository }, reading);
    if (repository === undefined) continue;
    const rule = literalRule(parts.tag, reading);
    if (rule === undefined) {
      const what = expressionsOf(parts.tag);
      reading.lost.add(field.span, `a tag of ${repository} depends on ${what}`, tagHint(parts.tag));
      continue;
    }
    const known = found.get(repository) ?? { span: field.span, rules: [], tags: [] };
    const tag = concrete(parts.tag, reading);
    found.set(repository, {
      span: known.span,
      rules: [...known.rules, rule],
      tags: tag === undefined ? known.tags : [...known.tags, tag],
    });
  }
  return [...found].map(([repository, { span, rules, tags }]) => ({
    repository,
    span,
    rules,
    // Only docker/metadata-action adds `latest` to a version.
    flavor: rules.some((rule) => rule.startsWith("type=ref,event=tag")) ? ["latest=false"] : [],
    annotations: {},
    tags,
  }));
}

/** The tag is `latest` if there is none. */
function splitReference({ text, unknown }: Text): { repository: Text; tag: Text } {
  const hidden = text.replace(/\$\{\{.*?\}\}/gs, (expression) => "_".repeat(expression.length));
  const colon = hidden.lastIndexOf(":");
  const isTagged = colon > hidden.lastIndexOf("/") && colon > 0;
  const within = (part: string): Text => ({
    text: part,
    unknown: unknown.filter(({ expression }) => part.includes(`\${{ ${expression} }}`)),
  });
  return {
    repository: within(isTagged ? text.slice(0, colon) : text),
    tag: within(isTagged ? text.slice(colon + 1) : "latest"),
  };
}
