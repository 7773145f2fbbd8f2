import { ago, notDeleting, type Removals, removalsOf } from "./choose-removals.ts";
import type { SurveyedTag } from "./survey.ts";

const dayMs = 86_400_000;

/**
 * The previews, and the legs staged for them, that were published longer ago than `expires`
 * milliseconds. One whose time is more than a day ahead was not written by us, and would stay for
 * ever. Other tags are kept. Pure.
 */
export function choosePreviews(
  tags: readonly SurveyedTag[],
  expires: number,
  now: number,
): Removals {
  const expired = tags.flatMap(({ tag, kind, createdAt }) => {
    if (kind !== "preview" || createdAt === null) return [];
    const age = now - Date.parse(createdAt);
    if (age < -dayMs) return [{ tag, leg: null, reason: "its publication time is in the future" }];
    return age < expires ? [] : [{ tag, leg: null, reason: `published ${ago(age)}` }];
  });
  const removals = removalsOf(tags, expired);
  const others = tags
    .filter(({ kind, createdAt }) => kind !== "preview" || createdAt === null)
    .map((it) =>
      it.kind === "unreadable"
        ? notDeleting(it)
        : `not deleting ${it.tag} because it is not a preview or has no publication time`,
    );
  return { ...removals, warnings: [...removals.warnings, ...others] };
}
