import type { Finding, ProbeReport } from "../../registry/probe/probe.ts";

/** A line a finding: `yes  takes OCI images: what was pushed is read back`. */
export function renderFinding({ outcome, title, detail, advice }: Finding): string {
  const mark = outcome === "unknown" ? "?  " : outcome.padEnd(3);
  return `${mark}  ${title}: ${detail}\n${advice === undefined ? "" : `     ${advice}\n`}`;
}

/** What to set, and what is left to be deleted by hand. */
export function renderVerdict({ repository, verdict, left }: ProbeReport): string {
  const lines = verdict.settings.map(
    ({ key, value, why }) => `  ${key.replace("cache.", "")}: ${value} # ${why}`,
  );
  const leftovers =
    left.length === 0
      ? []
      : ["", "could not be deleted again; delete by hand:", ...left.map((name) => `  ${name}`)];
  const head = verdict.fit
    ? `${repository} can be a cache repository. In layerkeep.yml:\n\ncache:`
    : `${repository} cannot be a cache repository: see the first lines that say no.`;
  return `${["", head, ...lines, ...leftovers].join("\n")}\n`;
}
