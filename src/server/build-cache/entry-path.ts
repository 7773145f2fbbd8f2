import type { Entry } from "../github-cache/entry.ts";

/** No path of the other protocols begins with it: see `parseObjectPath`. */
const root = "$github";

/**
 * The object that an entry of GitHub's cache service is. Its path says all that it is found by:
 * version and key, in parts that file systems take as names, and the number.
 */
export function entryPath({ key, version, number }: Omit<Entry, "id" | "ref" | "size">): string {
  const text = `${version.length}:${version}${key}`;
  const parts =
    Buffer.from(text)
      .toString("base64url")
      .match(/.{1,200}/g) ?? [];
  return [root, ...parts, `=${number}`].join("/");
}

/** Undefined if the path is none of an entry. */
export function parseEntryPath(
  path: string,
): Pick<Entry, "key" | "version" | "number"> | undefined {
  const [first, ...parts] = path.split("/");
  const number = /^=(\d{1,15})$/.exec(parts.pop() ?? "")?.[1];
  if (first !== root || number === undefined) return undefined;
  const text = Buffer.from(parts.join(""), "base64url").toString("utf8");
  const [start = "", length] = /^(\d{1,3}):/.exec(text) ?? [];
  if (length === undefined) return undefined;
  const end = start.length + Number(length);
  return { version: text.slice(start.length, end), key: text.slice(end), number: Number(number) };
}
