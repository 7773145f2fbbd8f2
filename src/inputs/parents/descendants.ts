/** These legs and all that are built on them, in the order of `legs`. */
export function withDescendants(
  ids: readonly string[],
  legs: readonly { readonly id: string; readonly parents: readonly string[] }[],
): readonly string[] {
  const children = new Map<string, string[]>();
  for (const { id, parents } of legs) {
    for (const parent of parents) children.set(parent, [...(children.get(parent) ?? []), id]);
  }
  const found = new Set(ids);
  // The set grows during the loop.
  for (const id of found) for (const child of children.get(id) ?? []) found.add(child);
  return legs.flatMap(({ id }) => (found.has(id) ? [id] : []));
}
