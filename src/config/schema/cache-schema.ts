import type * as v from "valibot";
import { cacheOptions } from "../cache/cache-options.ts";
import { type CacheType, cacheTypes } from "../config.ts";
import { flag, key, list, scalar, text, texts } from "./kinds.ts";
import { choice, mapping, mapWith, waysOf } from "./shape.ts";

const cacheOptionEntries = Object.fromEntries(
  cacheTypes.flatMap((type) =>
    Object.entries(cacheOptions[type]).map(([name, { description }]) => [
      name,
      key(scalar, `${description} (${typesWith(name).join(", ")})`),
    ]),
  ),
);
// Our own keys; an option with the same name goes under export or import.
delete cacheOptionEntries["tag"];
delete cacheOptionEntries["repository"];

const dirRulesSchema = mapping({
  "older-than": key(
    text,
    "How long to keep a directory cache after it was last saved, such as 30d.",
  ),
  "keep-last": key(
    scalar,
    "How many of the newest caches to keep whose keys differ only in what changes. Default: all.",
  ),
  "max-size": key(
    text,
    "The maximum total size of directory caches, such as 20GB. Least recently saved caches are deleted first.",
  ),
});

const retentionSchema = mapping({
  orphaned: key(
    text,
    "How long to keep caches, builds and logs of removed legs after their last use, such as 7d.",
  ),
  unused: key(text, "How long to keep a leg's cache after a build last used it, such as 30d."),
  legs: key(scalar, "How many of a leg's newest builds to keep. Default: all."),
  "max-size": key(
    text,
    "The maximum total size without directory caches, such as 200GB. Least recently used caches are deleted first.",
  ),
  grace: key(
    text,
    "The minimum time to keep anything, because a build may be using it. Default: 24h.",
  ),
  dirs: key(
    dirRulesSchema,
    "Which directory caches `layerkeep cache prune` and `layerkeep dir prune` delete. Default: none.",
  ),
});

export type RawRetention = v.InferOutput<typeof retentionSchema>;
export type RawDirRules = v.InferOutput<typeof dirRulesSchema>;

const cacheMapSchema = mapWith(
  {
    repository: key(
      text,
      "Where built legs, logs and caches are stored. Default: a registry on this machine.",
    ),
    scratch: key(
      text,
      "A separate repository that untrusted runs, such as pull requests, write to.",
    ),
    type: key(choice(cacheTypes), "BuildKit's cache type. Default: registry."),
    tag: key(
      text,
      "The template for a cache's tag, scope, name or folder. Default: cache{suffix}-{platform}.",
    ),
    from: key(
      list,
      "More caches to read, in the syntax of --cache-from. {suffix}, {name} and {platform} are replaced.",
    ),
    "write-on-tags": key(flag, "Whether builds of Git tags also write caches. Default: false."),
    retention: key(retentionSchema, "What `layerkeep cache prune` deletes. Default: nothing."),
    export: key(texts, "Options for the export only."),
    import: key(texts, "Options for the import only, such as the digest of a local cache."),
    ...cacheOptionEntries,
  },
  scalar,
);

/** The options of an export that do not name its place, and so may differ by variant. */
export const ownOptions: ReadonlySet<string> = new Set([
  "mode",
  "ignore-error",
  "compression",
  "compression-level",
  "force-compression",
  "image-manifest",
  "oci-mediatypes",
]);

/** Of a variant, the defaults or an import. */
export const ownCacheSchema = waysOf([
  choice(["true", "false"]),
  mapping({
    from: key(list, "Additional caches to read, instead of the top-level cache.from."),
    ...Object.fromEntries(
      Object.entries(cacheOptionEntries).filter(([name]) => ownOptions.has(name)),
    ),
  }),
]);

export const cacheSchema = waysOf([text, cacheMapSchema]);

export type RawCache = v.InferOutput<typeof cacheSchema>;

function typesWith(name: string): CacheType[] {
  return cacheTypes.filter((type) => Object.hasOwn(cacheOptions[type], name));
}
