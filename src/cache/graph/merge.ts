import type { Digest } from "../../oci/digest.ts";
import type { Descriptor } from "../../oci/manifest.ts";
import type { CacheContent } from "../content.ts";
import type {
  CacheLayer,
  CacheRecord,
  ChainResult,
  LayerResult,
  RecordInput,
  UnknownFields,
} from "../format/cache-config.ts";
import { buildGraph, identityOf, withParents } from "./graph.ts";

/**
 * One cache that serves everything that any of these serves. Equal records become one, with the
 * results of all, and so do equal layers on equal parents. The caches must be sound. Pure.
 */
export function mergeCaches(caches: readonly CacheContent[]): CacheContent {
  const merged = new Merged();
  for (const cache of caches) merged.add(cache);
  return merged.content();
}

class Merged {
  readonly #layers: CacheLayer[] = [];
  readonly #layerAt = new Map<string, number>();
  readonly #records: CacheRecord[] = [];
  readonly #recordAt = new Map<string, number>();
  readonly #blobs = new Map<Digest, Descriptor>();
  #unknown: UnknownFields = {};

  add(content: CacheContent): void {
    const { config, blobs } = content;
    this.#unknown = { ...config.unknown, ...this.#unknown };
    for (const [digest, blob] of blobs) {
      // Keep the descriptor with more annotations.
      const known = this.#blobs.get(digest);
      if (known === undefined || annotated(blob) > annotated(known)) this.#blobs.set(digest, blob);
    }
    const ids = new Array<number>(config.records.length).fill(-1);
    for (const at of buildGraph(content).order) {
      const record = config.records[at];
      if (record !== undefined) ids[at] = this.#addRecord(record, ids, content);
    }
  }

  content(): CacheContent {
    const config = { layers: this.#layers, records: this.#records };
    const more = Object.keys(this.#unknown).length === 0 ? {} : { unknown: this.#unknown };
    return { config: { ...config, ...more }, blobs: this.#blobs };
  }

  #addRecord(record: CacheRecord, ids: readonly number[], content: CacheContent): number {
    const identity = identityOf(record, ids);
    const layers = record.layers.map((result) => ({
      ...result,
      layer: this.#addLayer(result.layer, content),
    }));
    const chains = record.chains.map((chain) => ({
      ...chain,
      layers: chain.layers.map((layer) => this.#addLayer(layer, content)),
    }));
    const known = this.#recordAt.get(identity);
    const before = known === undefined ? undefined : this.#records[known];
    if (known !== undefined && before !== undefined) {
      this.#records[known] = {
        ...before,
        layers: uniqueLayers([...before.layers, ...layers]),
        chains: uniqueChains([...before.chains, ...chains]),
      };
      return known;
    }
    const inputs = record.inputs.map((links) =>
      links.map((link): RecordInput => ({ ...link, link: ids[link.link] ?? -1 })),
    );
    const position = this.#records.push({ ...record, layers, chains, inputs }) - 1;
    this.#recordAt.set(identity, position);
    return position;
  }

  /** Adds a layer with all its parents. */
  #addLayer(layer: number, { config }: CacheContent): number {
    let parent = -1;
    for (const at of withParents(config, layer)) {
      const found = config.layers[at];
      if (found === undefined) continue;
      const key = `${found.blob} ${parent}`;
      const known = this.#layerAt.get(key);
      const position = known ?? this.#layers.push({ ...found, parent }) - 1;
      this.#layerAt.set(key, position);
      parent = position;
    }
    return parent;
  }
}

function annotated({ annotations = {} }: Descriptor): number {
  return Object.keys(annotations).length;
}

function uniqueLayers(results: readonly LayerResult[]): readonly LayerResult[] {
  return [...new Map(results.toReversed().map((it) => [it.layer, it])).values()].toReversed();
}

function uniqueChains(results: readonly ChainResult[]): readonly ChainResult[] {
  return [
    ...new Map(results.toReversed().map((it) => [it.layers.join(), it])).values(),
  ].toReversed();
}
