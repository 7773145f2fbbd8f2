import { splitFields } from "../check/mount.ts";
import { cleanPath } from "../expand/pattern.ts";
import type { Instruction } from "../parse/dockerfile.ts";

/** A mount of `RUN --mount=type=cache`, expanded. */
export interface CacheMount {
  /** As BuildKit names it: the target, if the instruction gives no id. */
  readonly id: string;
  readonly target: string;
  readonly sharing: "shared" | "private" | "locked";
  /** Of the mount's folder, as written; omitted if they are not. */
  readonly uid?: string;
  readonly gid?: string;
  readonly mode?: string;
  /** Whether it starts with content of a stage or an image. */
  readonly hasContent: boolean;
}

/** A cache mount, and where it is used. */
export interface UsedCacheMount extends CacheMount {
  /** The number of the stage. */
  readonly stage: number;
  readonly line: number;
}

/**
 * The cache mounts of an instruction. One with a value that is not known (`valueOf` gives
 * undefined) is left out.
 */
export function cacheMountsOf(
  { keyword, flags }: Pick<Instruction, "keyword" | "flags">,
  valueOf: (written: string) => string | undefined,
): readonly CacheMount[] {
  if (keyword !== "RUN") return [];
  return flags.flatMap(({ name, value }) =>
    name === "mount" ? (readCacheMount(value ?? "", valueOf) ?? []) : [],
  );
}

/** A mount from the value of its flag; undefined if it is of another type, or not known. */
export function readCacheMount(
  text: string,
  valueOf: (written: string) => string | undefined = (written) => written,
): CacheMount | undefined {
  const fields = new Map<string, string>();
  for (const [key, written = ""] of splitFields("--mount", text)) {
    const value = valueOf(written);
    if (value === undefined) return undefined;
    fields.set(names.get(key) ?? key, value);
  }
  const {
    type,
    target = "",
    id = "",
    from = "",
    sharing = "",
    ...rest
  } = Object.fromEntries(fields);
  if (type?.toLowerCase() !== "cache") return undefined;
  const { uid, gid, mode } = rest;
  return {
    id: id === "" ? cleanPath(target) : id,
    target: cleanPath(target),
    sharing: sharings.find((known) => known === sharing.toLowerCase()) ?? "shared",
    ...(uid === undefined ? {} : { uid }),
    ...(gid === undefined ? {} : { gid }),
    ...(mode === undefined ? {} : { mode }),
    hasContent: from !== "",
  };
}

const names = new Map([
  ["dst", "target"],
  ["destination", "target"],
]);
const sharings = ["shared", "private", "locked"] as const;
