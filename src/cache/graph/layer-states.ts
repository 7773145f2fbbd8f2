import type { CacheContent } from "../content.ts";

/**
 * What happens to a result with this layer on top: an engine imports it; skips it, since the layer
 * or one below it has an unlisted blob; or refuses the whole cache.
 */
export type LayerState = "whole" | "unlisted" | "broken";

/** A fault on the way down from a layer that stops an engine. */
export interface LayerTrouble {
  /** Position of the layer that has the fault. */
  readonly layer: number;
  readonly kind: "blob" | "parent" | "layer-cycle";
}

/**
 * The states of layers, found from the top down as BuildKit does (moby/buildkit,
 * cache/remotecache/v1/parse.go, getRemoteChain). It never examines the layers below an unlisted
 * one, nor those that no result names.
 */
export class LayerStates {
  readonly #content: CacheContent;
  readonly #states = new Map<number, LayerState>();
  readonly #onTrouble: (trouble: LayerTrouble) => void;

  /** `onTrouble` is called once for each examined layer that has a fault. */
  constructor(content: CacheContent, onTrouble: (trouble: LayerTrouble) => void = () => undefined) {
    this.#content = content;
    this.#onTrouble = onTrouble;
  }

  /** The position must be in range. */
  of(layer: number): LayerState {
    // Uses a list instead of recursion: a chain may be as long as the config.
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
