import type { CacheRef } from "../../plan/plan.ts";
import { type Builder, livingNodes } from "./builder.ts";

/**
 * Whether the builder's driver can export caches of a type. Docker's own engine exports all types
 * but s3 and azblob if it keeps images with containerd; with its older store, only inline.
 */
export function exportsCaches(builder: Builder, type: CacheRef["type"]): boolean {
  return exportProblem(builder, type) === undefined;
}

/** Why a builder cannot do something, and what to do about it. */
interface ExportProblem {
  readonly why: string;
  readonly advice: string;
}

const otherBuilder =
  "create a builder that can: docker buildx create --driver docker-container --use";

/** Why a builder cannot export caches of a type; undefined if it can. */
export function exportProblem(builder: Builder, type: CacheRef["type"]): ExportProblem | undefined {
  if (builder.driver !== "docker" || type === "inline") return undefined;
  if (type === "s3" || type === "azblob") {
    return { why: "Docker's own builder never does", advice: otherBuilder };
  }
  if (keepsWithContainerd(builder)) return undefined;
  return {
    why: "Docker uses its older image store",
    advice: `turn on Docker's containerd image store, or ${otherBuilder}`,
  };
}

function keepsWithContainerd(builder: Builder): boolean {
  return livingNodes(builder).every(
    ({ labels }) => "org.mobyproject.buildkit.worker.containerd.uuid" in labels,
  );
}
