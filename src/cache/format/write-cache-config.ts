import type {
  CacheConfigV0,
  CacheLayer,
  CacheRecord,
  LayerAnnotations,
  UnknownFields,
} from "./cache-config.ts";

/** The config as bytes, with the same fields and omissions as BuildKit. */
export function writeCacheConfig(config: CacheConfigV0): Buffer {
  return Buffer.from(
    JSON.stringify({
      ...(config.layers.length === 0 ? {} : { layers: config.layers.map(layerJson) }),
      ...(config.records.length === 0 ? {} : { records: config.records.map(recordJson) }),
      ...config.unknown,
    }),
  );
}

/** Only the records, as an image's config carries them. */
export function writeCacheRecords(records: readonly CacheRecord[]): Buffer {
  return Buffer.from(JSON.stringify(records.map(recordJson)));
}

function layerJson({ blob, parent, annotations, unknown }: CacheLayer): UnknownFields {
  return {
    blob,
    ...(parent === 0 ? {} : { parent }),
    ...(annotations === undefined ? {} : { annotations: annotationsJson(annotations) }),
    ...unknown,
  };
}

function annotationsJson({ unknown, ...known }: LayerAnnotations): UnknownFields {
  return { ...known, ...unknown };
}

function recordJson({ digest, layers, chains, inputs, unknown }: CacheRecord): UnknownFields {
  return {
    ...(layers.length === 0
      ? {}
      : { layers: layers.map(({ unknown: more, ...result }) => ({ ...result, ...more })) }),
    ...(chains.length === 0
      ? {}
      : { chains: chains.map(({ unknown: more, ...result }) => ({ ...result, ...more })) }),
    digest,
    ...(inputs.length === 0
      ? {}
      : {
          inputs: inputs.map((links) =>
            links.map(({ unknown: more, ...link }) => ({ ...link, ...more })),
          ),
        }),
    ...unknown,
  };
}
