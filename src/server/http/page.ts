import { Refusal } from "./refusal.ts";

/** One page of a sorted list. */
export interface Page<T> {
  readonly items: readonly T[];
  /** The `Link` header for the next page; undefined on the last one. */
  readonly link: string | undefined;
}

interface PageOptions<T> {
  /** The sort key of an item, which `last` names. */
  readonly keyOf: (item: T) => string;
  /** The list's path; links to the next page begin with it. */
  readonly path: string;
  readonly query: URLSearchParams;
  /**
   * The size of an item in the answer, in bytes. Without it, only the number of items is limited.
   */
  readonly sizeOf?: (item: T) => number;
}

/** The most entries in one answer, whatever `n` asks for: clients follow the link. */
export const longestPage = 10_000;
/** The most bytes in one answer if entries can be large; one entry always fits. */
const largestPage = 4 << 20;

/**
 * The page that `n` and `last` ask for: OCI distribution spec 1.1, "Listing Tags". `last` need not
 * be in the list. Without `n`, it is the whole list, up to the limit of one answer. Throws a
 * refusal if `n` is not a valid number.
 */
export function pageOf<T>(list: readonly T[], options: PageOptions<T>): Page<T> {
  const { keyOf, path, query } = options;
  const n = query.get("n");
  if (n !== null && !/^\d{1,9}$/.test(n)) {
    throw new Refusal(400, "PAGINATION_NUMBER_INVALID", "n is not a valid number of entries");
  }
  const last = query.get("last");
  const first = last === null ? 0 : firstAfter(list, last, keyOf);
  const fitting = list.slice(first, first + Math.min(Number(n ?? longestPage), longestPage));
  const items = options.sizeOf === undefined ? fitting : smaller(fitting, options.sizeOf);
  const end = items.at(-1);
  if (end === undefined || first + items.length === list.length) return { items, link: undefined };
  const next = new URLSearchParams(query);
  next.set("last", keyOf(end));
  return { items, link: `<${path}?${next.toString()}>; rel="next"` };
}

/** The index of the first item after a key in a sorted list. */
function firstAfter<T>(list: readonly T[], key: string, keyOf: (item: T) => string): number {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const item = list[middle];
    if (item !== undefined && keyOf(item) <= key) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** As many of the first items as fit into one answer. */
function smaller<T>(items: readonly T[], sizeOf: (item: T) => number): readonly T[] {
  let size = 0;
  const end = items.findIndex((item, index) => {
    size += sizeOf(item);
    return index > 0 && size > largestPage;
  });
  return end < 0 ? items : items.slice(0, end);
}
