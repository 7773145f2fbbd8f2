import { UsageError } from "../../errors.ts";
import { digestOf, hexOf } from "../../oci/digest.ts";

/** Of the tags of all directory caches. */
export const dirTagPrefix = "dir-";
/** Tags have at most 128 characters (OCI distribution spec 1.1, "Pulling manifests"). */
const longestTag = 128;
const keptOfLong = 100;
const longestKey = 4096;

/**
 * The tag of a key. Letters, digits, `.` and `-` stay; `_` is doubled, and every other byte becomes
 * `_` and two hexadecimal digits. So a prefix of a key gives a prefix of its tag. A long tag ends
 * with a hash instead.
 */
export function tagOfKey(key: string): string {
  const tag = dirTagPrefix + encode(key);
  if (tag.length <= longestTag) return tag;
  return `${cut(tag)}_x${hexOf(digestOf(key)).slice(0, 24)}`;
}

/** What the tags of all keys with this prefix begin with. */
export function tagPrefixOf(prefix: string): string {
  const tag = dirTagPrefix + encode(prefix);
  return tag.length <= keptOfLong ? tag : cut(tag);
}

/** Throws a usage error for what cannot be a key. */
export function checkKey(key: string): string {
  if (key === "") throw new UsageError("the key is empty");
  // They would break listings.
  if (/[\u0000-\u001f\u007f]/.test(key)) {
    throw new UsageError(`the key ${JSON.stringify(key)} has a control character`);
  }
  if (key.length > longestKey) {
    throw new UsageError(`the key has ${key.length} characters, more than ${longestKey}`, {
      hint: "use {hash:FILE} instead of the content of a file",
    });
  }
  return key;
}

function encode(text: string): string {
  return text.replace(/[^A-Za-z0-9.-]+/g, (part) =>
    [...Buffer.from(part)]
      .map((byte) => (byte === 0x5f ? "__" : `_${byte.toString(16).padStart(2, "0")}`))
      .join(""),
  );
}

/** Not within an escape: a prefix that is as long must be cut at the same place. */
function cut(tag: string): string {
  const parts = tag.match(/__|_[0-9a-f]{2}|[^_]/g) ?? [];
  let kept = "";
  for (const part of parts) {
    if (kept.length + part.length > keptOfLong) break;
    kept += part;
  }
  return kept;
}
