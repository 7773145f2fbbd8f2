declare const LAYERKEEP_VERSION: string | undefined;
declare const LAYERKEEP_COMMIT: string | undefined;

/** The version of this package; `0.0.0-dev` if the source runs without being built. */
export const version = typeof LAYERKEEP_VERSION === "undefined" ? "0.0.0-dev" : LAYERKEEP_VERSION;

/** The commit that the command line was built from, if that is known. */
export const commit = typeof LAYERKEEP_COMMIT === "undefined" ? undefined : LAYERKEEP_COMMIT;
