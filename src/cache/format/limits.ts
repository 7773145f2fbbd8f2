/** BuildKit reads at most this much of a cache's manifest and of its config (moby/buildkit#3719). Bytes. */
export const importLimit = 1 << 20;

/** What we read of a config at most. Beyond it no engine could read it either. Bytes. */
export const largestConfig = 32 << 20;

/** Of layers, records, and of all links and results together. */
export const mostEntries = 2_000_000;
