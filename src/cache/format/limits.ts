/**
 * BuildKit reads at most this much of a cache's manifest and of its config (moby/buildkit#3719).
 * Bytes.
 */
export const importLimit = 1 << 20;

/** The largest config that we read. No engine could read a larger one. Bytes. */
export const largestConfig = 32 << 20;

/** Layers, records, links and results together. */
export const mostEntries = 2_000_000;
