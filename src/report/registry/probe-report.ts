import type { Finding, ProbeReport } from "../../registry/probe/probe.ts";

/** A line per finding: `yes  takes OCI images: what was pushed is read back`. */
export function renderFinding({ outcome, title, detail, advice }: Finding): string {
  const mark = outcome === "unknown" ? "?  " : outcome.padEnd(3);
  return `${mark}  ${title}: ${detail}\n${advice === undefined ? "" : `     ${advice}\n`}`;
}

/** What to configure, and what has to be deleted manually. */
export function renderVerdict({ repository, verdict, left }: ProbeReport): string {
  const lines = verdict.settings.map(
    ({ key, value, why }) => `  ${key.replace("cache.", "")}: ${value} # ${why}`,
  );
  const leftovers =
    left.length === 0
      ? []
      : ["", "could not be deleted; delete these manually:", ...left.map((name) => `  ${name}`)];
  const head = verdict.fit
    ? `${repository} can be used as a cache repository. In layerkeep.yml:\n\ncache:`
    : `${repository} cannot be used as a cache repository: see the lines marked "no" above.`;
  return `${["", head, ...lines, ...leftovers].join("\n")}\n`;
}
