declare const LAYERKEEP_VERSION: string | undefined;

/** The version of this package; `0.0.0-dev` if the source runs without being built. */
export const version = typeof LAYERKEEP_VERSION === "undefined" ? "0.0.0-dev" : LAYERKEEP_VERSION;
