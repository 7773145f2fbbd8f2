import { isTrusted } from "../events/sample-event.ts";
import type { Publication } from "../old/images/old-image.ts";
import { type DraftPublication, type DraftRule, runKey, type SeenImage } from "./variants/draft.ts";

/**
 * Where images are published, by repository, with the rules of all their runs; without repositories
 * of which no rule could be read.
 */
export function publishedBy(seen: readonly SeenImage[]): readonly DraftPublication[] {
  const pushed = seen
    .filter(({ event }) => isTrusted(event))
    .flatMap(({ event, image }) =>
      image.published.map((publication) => ({ run: runKey(event), publication })),
    );
  const repositories = [...new Set(pushed.map(({ publication }) => publication.repository))];
  return repositories.flatMap((repository) => {
    const own = pushed.filter(({ publication }) => publication.repository === repository);
    const rules = rulesOf(own);
    if (rules.length === 0) return [];
    return {
      repository,
      flavors: distinct(own.map(({ publication }) => publication.flavor)),
      annotations: own[0]?.publication.annotations ?? {},
      rules,
      tags: tagsOf(own),
    };
  });
}

interface Pushed {
  readonly run: string;
  readonly publication: Publication;
}

function rulesOf(pushed: readonly Pushed[]): readonly DraftRule[] {
  const runs = new Map<string, Set<string>>();
  for (const { run, publication } of pushed) {
    for (const rule of publication.rules) runs.set(rule, (runs.get(rule) ?? new Set()).add(run));
  }
  return [...runs].map(([text, of]) => ({ text, runs: of }));
}

function tagsOf(pushed: readonly Pushed[]): ReadonlyMap<string, ReadonlySet<string>> {
  const tags = new Map<string, Set<string>>();
  for (const { run, publication } of pushed) {
    const known = tags.get(run) ?? new Set<string>();
    for (const tag of publication.tags) known.add(tag);
    tags.set(run, known);
  }
  return tags;
}

function distinct<Item>(items: readonly Item[]): readonly Item[] {
  return [...new Map(items.map((item) => [JSON.stringify(item), item])).values()];
}
