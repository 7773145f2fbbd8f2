/** Keys of the distribution and token protocols whose values are not secret. */
const harmlessKeys = new Set(["n", "last", "digest", "mount", "from", "service", "scope"]);

/**
 * A URL for messages: without user and password, and with the value of every query key redacted
 * that is not known to be harmless (signatures, upload state, tokens).
 */
export function redactUrl(url: URL): string {
  const query = [...url.searchParams].map(([key, value]) =>
    harmlessKeys.has(key) ? `${key}=${value}` : `${key}=…`,
  );
  return `${url.protocol}//${url.host}${url.pathname}${query.length > 0 ? `?${query.join("&")}` : ""}`;
}
