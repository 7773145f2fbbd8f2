import type { BuildRecord } from "../records/build-record.ts";
import type { CacheFinding } from "./cache-finding.ts";
import type { Cause } from "./cause.ts";
import { describeChange, type InputChange } from "./input-changes.ts";

/**
 * What was wrong with the cache, if none of a step's inputs changed. `before` is the previous
 * build, the first of `built`; `caches` is what they look like now.
 */
export function whyNotCached(
  build: BuildRecord,
  before: BuildRecord,
  built: readonly BuildRecord[],
  caches: readonly CacheFinding[],
  changeSince: (record: BuildRecord) => InputChange | undefined,
): Cause {
  const unchanged = "its inputs are unchanged";
  const when = dayOf(before);
  const tooLarge = caches.find(({ state }) => state === "too-large");
  const { trouble, written } = before.cache;
  if (/too large/.test(trouble ?? "") || tooLarge !== undefined) {
    const why = trouble ?? tooLarge?.text ?? "";
    return { code: "cache-too-large", text: `${unchanged}, but ${why}` };
  }
  if (!mayStand(written)) {
    const why = trouble ?? "its run was not allowed to write one";
    const held = built.find((record) => mayStand(record.cache.written));
    const old = held === undefined ? undefined : changeSince(held);
    const since =
      held === undefined || old === undefined
        ? ""
        : `; the cache is from ${dayOf(held)}, before ${describeChange(old)}`;
    return {
      code: "cache-not-written",
      text: `${unchanged}, but the build of ${when} wrote no cache: ${why}${since}`,
    };
  }
  const [unread] = build.cache.unread;
  if (unread !== undefined)
    return { code: "cache-unreadable", text: `${unchanged}, but ${unread}` };
  const [absent] = build.cache.absent ?? [];
  if (absent !== undefined) {
    return {
      code: "cache-absent",
      text: `${unchanged}, but the cache written by the build of ${when} was missing: ${absent}`,
    };
  }
  if (build.cache.from.length === 0) {
    return {
      code: "no-cache",
      text: `${unchanged}, but the build had no cache to read: none is configured`,
    };
  }
  const now = caches.find(({ state }) => state === "absent" || state === "unreadable");
  if (now !== undefined) {
    const code = now.state === "absent" ? "cache-absent" : "cache-unreadable";
    return { code, text: `${unchanged}, and now ${now.text}` };
  }
  if (
    before.cache.to.some(
      ({ type, attributes }) => type === "inline" || attributes["mode"] !== "max",
    )
  ) {
    return {
      code: "cache-min",
      text: `${unchanged}, but the cache has only the last stage's steps (mode=min)`,
    };
  }
  return {
    code: "unknown",
    text: `${unchanged}, and its cache was written on ${when}; that cache may come from another builder or BuildKit version, or may have been replaced since`,
  };
}

/** Whether a build left a cache, as far as is known. */
function mayStand(written: BuildRecord["cache"]["written"]): boolean {
  return written === "yes" || written === "unchecked";
}

/** The start of a build, as `2026-11-21 04:05`. */
export function dayOf({ startedAt }: BuildRecord): string {
  return startedAt.slice(0, "2026-11-21T04:05".length).replace("T", " ");
}
