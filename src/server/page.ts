import { Refusal } from "./reply.ts";

/** One page of a sorted list. */
export interface Page<T> {
  readonly items: readonly T[];
  /** The `Link` header to the next page; undefined on the last one. */
  readonly link: string | undefined;
}

/**
 * The page that `n` and `last` ask for: OCI distribution spec 1.1, "Listing Tags". The list is
 * sorted by `keyOf`; `last` need not be in it. Throws a refusal for an `n` that is no number.
 */
export function pageOf<T>(
  list: readonly T[],
  keyOf: (item: T) => string,
  path: string,
  query: URLSearchParams,
): Page<T> {
  const n = query.get("n");
  if (n !== null && !/^\d{1,9}$/.test(n)) {
    throw new Refusal(400, "PAGINATION_NUMBER_INVALID", "n is not a number of entries");
  }
  const last = query.get("last");
  const rest = last === null ? list : list.filter((item) => keyOf(item) > last);
  const items = n === null ? rest : rest.slice(0, Number(n));
  const end = items.at(-1);
  if (n === null || end === undefined || items.length === rest.length) {
    return { items, link: undefined };
  }
  const next = new URLSearchParams(query);
  next.set("last", keyOf(end));
  return { items, link: `<${path}?${next.toString()}>; rel="next"` };
}
