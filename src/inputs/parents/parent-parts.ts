/*
 * How the parts of an input digest name a parent: `parent:CONTEXT` is the parent's own input
 * digest, which counts; `parent-leg:CONTEXT` is its leg's id, for readers.
 */

type Parts = Readonly<Record<string, string>>;

const digestPrefix = "parent:";
const legPrefix = "parent-leg:";

/** A parent, as the parts of its child's inputs have it. */
export interface ParentPart {
  readonly context: string;
  readonly digest: string;
  /** Its leg's id. */
  readonly leg: string;
}

/** The part that counts. */
export function digestPart({ context, digest }: Omit<ParentPart, "leg">): [string, string] {
  return [digestPrefix + context, digest];
}

/** The part for readers. */
export function legPart({ context, leg }: Omit<ParentPart, "digest">): [string, string] {
  return [legPrefix + context, leg];
}

export function parentsIn(parts: Parts): readonly ParentPart[] {
  return Object.entries(parts).flatMap(([name, digest]) => {
    const context = parentContext(name);
    return context === undefined ? [] : [{ context, digest, leg: parentLeg(context, parts) }];
  });
}

/** The context of a part `parent:CONTEXT`; undefined for any other part. */
export function parentContext(name: string): string | undefined {
  return name.startsWith(digestPrefix) ? name.slice(digestPrefix.length) : undefined;
}

/** The id of a parent's leg, by the first parts that have it; the context if none has. */
export function parentLeg(context: string, ...parts: readonly Parts[]): string {
  return parts.map((some) => some[legPrefix + context]).find(Boolean) ?? context;
}

export function isParentLeg(name: string): boolean {
  return name.startsWith(legPrefix);
}
