import { type Verdict } from "./finding.ts";
import type { Finding, FindingId } from "./finding.ts";

/** Judges the findings. A check that could not be completed counts as failed. */
export function judge(repository: string, findings: readonly Finding[]): Verdict {
  const does = (id: FindingId): boolean =>
    findings.some((finding) => finding.id === id && finding.outcome === "yes");
  const cacheRef = { key: "cache.repository", value: repository };
  if (!does("oci-image") || !does("overwrite-tag")) return { fit: false, settings: [] };
  if (does("image-manifest-cache")) {
    const why = "it accepts legs, and caches as image manifests (BuildKit's default)";
    return { fit: true, settings: [{ ...cacheRef, why }] };
  }
  const why = "it accepts legs";
  if (does("index-cache")) {
    const form = "it accepts caches only as indexes";
    const settings = [
      { ...cacheRef, why },
      { key: "cache.image-manifest", value: "false", why: form },
    ];
    return { fit: true, settings };
  }
  const inline =
    "it does not accept BuildKit caches in either form, but an inline cache is part of the image";
  return {
    fit: true,
    settings: [
      { ...cacheRef, why },
      { key: "cache.type", value: "inline", why: inline },
    ],
  };
}
