import { FormatError } from "../../errors.ts";
import type { Digest } from "../../oci/digest.ts";
import type { Descriptor } from "../../oci/manifest.ts";
import { type CacheContent, createdAtAnnotation, uncompressedAnnotation } from "../content.ts";
import { withParents } from "../graph/graph.ts";
import type { CacheRecord, ChainResult } from "./cache-config.ts";
import { writeCacheRecords } from "./write-cache-config.ts";

/**
 * The config of an image that carries a cache inline. Each layer there lies on the one before it
 * (moby/buildkit, cache/remotecache/import.go), so results are written as chains, which name all of
 * their layers. `blobs` are the image's layers, in order.
 */
export function inlineImageOf(content: CacheContent, blobs: readonly Descriptor[]): Buffer {
  const positions = new Map(blobs.map(({ digest }, at) => [digest, at]));
  const records = content.config.records.map((record) => chained(record, content, positions));
  return Buffer.from(
    JSON.stringify({
      // A cache has no platform; an image has one.
      architecture: "amd64",
      os: "linux",
      rootfs: { type: "layers", diff_ids: blobs.map(diffIdOf) },
      history: blobs.map(({ annotations }) => ({
        created: annotations?.[createdAtAnnotation],
        created_by: "layerkeep: a layer of a cache",
      })),
      "moby.buildkit.cache.v0": writeCacheRecords(records).toString("base64"),
    }),
  );
}

function chained(
  record: CacheRecord,
  { config }: CacheContent,
  positions: ReadonlyMap<Digest, number>,
): CacheRecord {
  const placed = (layers: readonly number[]): number[] =>
    layers.flatMap((layer) => {
      const blob = config.layers[layer]?.blob;
      return (blob === undefined ? undefined : positions.get(blob)) ?? [];
    });
  const chains: ChainResult[] = [
    ...record.layers.map(({ layer, ...rest }) => ({
      ...rest,
      layers: placed(withParents(config, layer)),
    })),
    ...record.chains.map((chain) => ({ ...chain, layers: placed(chain.layers) })),
  ];
  return { ...record, layers: [], chains };
}

function diffIdOf({ digest, annotations }: Descriptor): string {
  const diffId = annotations?.[uncompressedAnnotation];
  if (diffId !== undefined) return diffId;
  throw new FormatError(`the uncompressed digest of layer ${digest} is unknown`);
}
