import type { Trust } from "./context.ts";

/**
 * Whether a run may publish previews, where they are configured: those untrusted runs may that may
 * write `cache.scratch`.
 */
export function publishesPreviews({ level, writesScratch }: Trust): boolean {
  return level === "untrusted" && writesScratch;
}
