import { messageOf, UsageError } from "../../errors.ts";
import { parseDigest } from "../../oci/digest.ts";
import { parseReference } from "../../oci/reference.ts";
import {
  cacheOptions,
  checkCacheValue,
  checkRequired,
  madeOptions,
  parseCacheType,
  secretHint,
  secretOptions,
} from "./cache-options.ts";
import type { CacheType } from "../config.ts";
import { parseAttributes } from "../../csv.ts";
import { suggest } from "../../nearest.ts";

export interface CacheAttributes {
  readonly type: CacheType;
  /** Without `type`, in the order in which they are written. */
  readonly attributes: Readonly<Record<string, string>>;
}

/**
 * Parses `type=registry,ref=…` as buildx's `--cache-from` does: CSV, keys in any case, and a text
 * without `=` is a registry reference. Throws a usage error for an unknown type, an attribute that
 * an importer of that type does not have, or a missing required one.
 */
export function parseCacheAttributes(text: string): CacheAttributes {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new UsageError(`"${redact(text)}" is not a valid cache source: ${messageOf(error)}`, {
      hint: error.hint ?? "use type=registry,ref=HOST/REPOSITORY:TAG, or only the reference",
      cause: error,
    });
  }
}

function parse(text: string): CacheAttributes {
  const given = parseAttributes(text);
  const reference = given.get("");
  if (reference !== undefined && given.size === 1) {
    parseReference(reference);
    return { type: "registry", attributes: { ref: reference } };
  }
  if (reference !== undefined) {
    throw new UsageError(`"${reference}" is not a key=value pair`);
  }
  const named = given.get("type");
  if (named === undefined) throw new UsageError("it has no type");
  const type = parseCacheType(named);
  given.delete("type");
  for (const [name, value] of given) checkAttribute(type, name, value);
  checkRequired(type, (name) => given.has(name));
  const ref = given.get("ref");
  if (ref !== undefined) parseReference(ref);
  const digest = given.get("digest");
  if (digest !== undefined) parseDigest(digest);
  return { type, attributes: Object.fromEntries(given) };
}

function checkAttribute(type: CacheType, name: string, value: string): void {
  if (secretOptions.has(name)) {
    throw new UsageError(`the secret ${name} is not allowed here`, { hint: secretHint(type) });
  }
  if (name in (madeOptions[type] ?? {})) return;
  const option = cacheOptions[type][name];
  if (option?.sides.includes("import") !== true) {
    const known = Object.entries(cacheOptions[type])
      .filter(([, { sides }]) => sides.includes("import"))
      .map(([known]) => known);
    throw new UsageError(`type=${type} does not support the "${name}" import option`, {
      hint: suggest(name, [...Object.keys(madeOptions[type] ?? {}), ...known]),
    });
  }
  checkCacheValue(name, value, option);
}

/** Does not repeat a value that may be a secret. */
function redact(text: string): string {
  return text.replace(
    /\b(token|ghtoken|access_key_id|secret_access_key|session_token)=[^,"]*/gi,
    "$1=…",
  );
}
