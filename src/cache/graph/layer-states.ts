import type { CacheContent } from "../content.ts";

/**
 * What becomes of a layer as the top of a result: an engine takes it; passes the result over, since
 * the layer or one below it has a blob that nothing lists; or refuses the whole cache.
 */
export type LayerState = "whole" | "unlisted" | "broken";

/** Something on the way down from a layer that stops an engine. */
export interface LayerTrouble {
  /** Position of the layer that has it. */
  readonly layer: number;
  readonly kind: "blob" | "parent" | "layer-cycle";
}

/**
 * The states of layers, found from the top down as BuildKit does (moby/buildkit,
 * cache/remotecache/v1/parse.go, getRemoteChain): what lies below a layer that nothing lists is
 * never looked at, and neither is a layer that no result names.
 */
export class LayerStates {
  readonly #content: CacheContent;
  readonly #states = new Map<number, LayerState>();
  readonly #onTrouble: (trouble: LayerTrouble) => void;

  /** `onTrouble` is called once for each layer that has one and that is looked at. */
  constructor(content: CacheContent, onTrouble: (trouble: LayerTrouble) => void = () => undefined) {
    this.#content = content;
    this.#onTrouble = onTrouble;
  }

  /** Of a position that is in range. */
  of(layer: number): LayerState {
    // With a list of our own, and not by calls: a chain may be as long as the config.
    const path: number[] = [];
    const onPath = new Set<number>();
    let at = layer;
    let state = this.#states.get(at);
    while (state === undefined) {
      path.push(at);
      onPath.add(at);
      const { blob, parent } = this.#content.config.layers[at] ?? { parent: -1 };
      if (blob === undefined || !this.#content.blobs.has(blob)) {
        state = this.#stop({ layer: at, kind: "blob" });
      } else if (parent === -1) {
        state = "whole";
      } else if (parent < -1 || parent >= this.#content.config.layers.length) {
        state = this.#stop({ layer: at, kind: "parent" });
      } else if (onPath.has(parent)) {
        state = this.#stop({ layer: parent, kind: "layer-cycle" });
      } else {
        at = parent;
        state = this.#states.get(at);
      }
    }
    for (const passed of path) this.#states.set(passed, state);
    return state;
  }

  #stop(trouble: LayerTrouble): LayerState {
    this.#onTrouble(trouble);
    return trouble.kind === "blob" ? "unlisted" : "broken";
  }
}
