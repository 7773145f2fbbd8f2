/** What a URL's path names in a build cache. */
export interface ObjectPath {
  /** Below the folder of objects, with `/`; empty for the folder itself. */
  readonly path: string;
  /** What the content must hash to, in hexadecimal; undefined if the name does not say. */
  readonly sha256: string | undefined;
}

const mostSegments = 16;
/** Nothing that a file system reads in another way, and nothing that has to be percent-encoded. */
const segment = /^(?!\.{1,2}$)[\w.+=@~-]{1,200}$/;

/**
 * Reads a path such as `/cas/7f83…`, as it was received. Undefined if it names no object. A slash at
 * the end is dropped: WebDAV writes folders that way.
 */
export function parseObjectPath(received: string): ObjectPath | undefined {
  const path = received.replace(/^\//, "").replace(/\/$/, "");
  if (path === "") return { path, sha256: undefined };
  const segments = path.split("/");
  if (segments.length > mostSegments || !segments.every((one) => segment.test(one))) {
    return undefined;
  }
  const [store, name = ""] = segments.slice(-2);
  // Bazel's content-addressable storage: https://bazel.build/remote/caching#http-caching
  const isContent = segments.length > 1 && store === "cas" && /^[0-9a-f]{64}$/.test(name);
  return { path, sha256: isContent ? name : undefined };
}
