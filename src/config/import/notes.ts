/** A note about an entry of an imported file. */
export interface Note {
  readonly text: string;
  /** `docker-bake.hcl, target app`. */
  readonly place: string;
}

/** A line for each text, with its first place and the number of other places. */
export function renderNotes(notes: readonly Note[]): readonly string[] {
  const places = new Map<string, Set<string>>();
  for (const { text, place } of notes) {
    places.set(text, (places.get(text) ?? new Set()).add(place));
  }
  return [...places].map(([text, [first = "", ...others]]) => {
    const more = others.length === 0 ? "" : ` (and ${others.length} more)`;
    return `${first}${more}: ${text}`;
  });
}

/** The note about something in a file that a variant cannot express. */
export function notCarried(what: string, hint?: string): string {
  return `not imported: ${what}${hint === undefined ? "" : ` (${hint})`}`;
}
