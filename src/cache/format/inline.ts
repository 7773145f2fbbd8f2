import { FormatError } from "../../errors.ts";
import { type Digest, isDigest } from "../../oci/digest.ts";
import type { Descriptor, ImageManifest } from "../../oci/manifest.ts";
import { type CacheContent, createdAtAnnotation, uncompressedAnnotation } from "../content.ts";
import { untie } from "./one-end.ts";
import { parseCacheRecords } from "./parse-cache-config.ts";

/** The cache of an image, and what made its layers. */
export interface InlineCache extends CacheContent {
  /** See `StoredCache`. */
  readonly tied?: boolean;
  readonly steps: ReadonlyMap<Digest, string>;
}

/**
 * The cache in an image's config: only records, which refer to the image's layers by order
 * (moby/buildkit, cache/remotecache/import.go). Undefined if there is none, or if the image has a
 * different number of layers and diff IDs, since BuildKit then imports nothing. Throws a format
 * error for a config that is not JSON.
 */
export function inlineCacheOf(
  { layers }: ImageManifest,
  config: Uint8Array,
): InlineCache | undefined {
  const image = imageOf(config);
  const { records, diffIds } = image;
  if (records === undefined || diffIds.length !== layers.length) return undefined;
  const made = image.history.filter(({ empty }) => !empty);
  const blobs = layers.map((layer, at) => described(layer, diffIds[at], made[at]?.created));
  const written = {
    layers: layers.map(({ digest }, at) => ({ blob: digest, parent: at - 1 })),
    records: parseCacheRecords(Buffer.from(records, "base64")),
  };
  return {
    ...untie(written),
    blobs: new Map(blobs.map((blob) => [blob.digest, blob])),
    steps: new Map(
      layers.flatMap(({ digest }, at): [Digest, string][] => {
        const by = made[at]?.createdBy ?? "";
        return by === "" ? [] : [[digest, by]];
      }),
    ),
  };
}

/** Joins caches into one config. */
export function joinCaches(caches: readonly InlineCache[]): InlineCache {
  const [first, ...rest] = caches;
  if (first !== undefined && rest.length === 0) return first;
  const layers: CacheContent["config"]["layers"][number][] = [];
  const records: CacheContent["config"]["records"][number][] = [];
  for (const { config } of caches) {
    const [layer, record] = [layers.length, records.length];
    for (const it of config.layers) {
      layers.push({ ...it, parent: it.parent < 0 ? it.parent : it.parent + layer });
    }
    for (const it of config.records) {
      records.push({
        ...it,
        layers: it.layers.map((result) => ({ ...result, layer: result.layer + layer })),
        chains: it.chains.map((chain) => ({
          ...chain,
          layers: chain.layers.map((position) => position + layer),
        })),
        inputs: it.inputs.map((links) =>
          links.map((link) => ({ ...link, link: link.link + record })),
        ),
      });
    }
  }
  return {
    config: { layers, records },
    blobs: new Map(caches.flatMap(({ blobs }) => [...blobs])),
    steps: new Map(caches.flatMap(({ steps }) => [...steps])),
  };
}

interface Image {
  readonly diffIds: readonly Digest[];
  readonly history: readonly {
    readonly created: string;
    readonly createdBy: string;
    readonly empty: boolean;
  }[];
  /** Base64. */
  readonly records: string | undefined;
}

function imageOf(config: Uint8Array): Image {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(config));
  } catch (cause) {
    throw new FormatError("the image config is not valid JSON", { cause });
  }
  const image = fieldsOf(value);
  const records = image.get("moby.buildkit.cache.v0");
  return {
    diffIds: listOf(fieldsOf(image.get("rootfs")).get("diff_ids")).flatMap((id) =>
      typeof id === "string" && isDigest(id) ? [id] : [],
    ),
    history: listOf(image.get("history")).map((entry) => {
      const fields = fieldsOf(entry);
      return {
        created: textOf(fields.get("created")),
        createdBy: textOf(fields.get("created_by")),
        empty: fields.get("empty_layer") === true,
      };
    }),
    records: typeof records === "string" ? records : undefined,
  };
}

function described(layer: Descriptor, diffId: Digest | undefined, created = ""): Descriptor {
  return {
    ...layer,
    annotations: {
      ...layer.annotations,
      ...(diffId === undefined ? {} : { [uncompressedAnnotation]: diffId }),
      ...(created === "" ? {} : { [createdAtAnnotation]: created }),
    },
  };
}

function fieldsOf(value: unknown): ReadonlyMap<string, unknown> {
  return new Map(typeof value === "object" && value !== null ? Object.entries(value) : []);
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
