import type { Report } from "../../rule.ts";

/** Reports one finding for each place: the rows of a matrix have one fault, not one each. */
export function oncePerPlace({ find, cannotTell }: Report): Report {
  const messages = new Map<string, string>();
  return {
    cannotTell,
    find: (found) => {
      const place = JSON.stringify([found.span.file.path, found.span.start]);
      const before = messages.get(place) ?? found.message;
      messages.set(place, before);
      // The same again may be more certain.
      if (before === found.message) find(found);
    },
  };
}
