/** Keys of the distribution and token protocols whose values are no secret. */
const harmlessKeys = new Set(["n", "last", "digest", "mount", "from", "service", "scope"]);

/**
 * A URL as it may be in a message: without user and password, and with every value in the
 * query struck out that is not known to be harmless (signatures, upload state, tokens).
 */
export function redactUrl(url: URL): string {
  const query = [...url.searchParams].map(([key, value]) =>
    harmlessKeys.has(key) ? `${key}=${value}` : `${key}=…`,
  );
  return `${url.protocol}//${url.host}${url.pathname}${query.length > 0 ? `?${query.join("&")}` : ""}`;
}
