import type { LegResult } from "../../pipeline/build/build-leg.ts";
import type { MountOutcome } from "../../pipeline/mounts/mount-outcome.ts";
import { formatBytes, formatSeconds } from "../table.ts";

/** For each leg that was built: what became of its cache mounts, what that cost, and what it won. */
export function mountLines(results: readonly LegResult[]): string[] {
  return results.flatMap((result) =>
    result.outcome === "failed"
      ? []
      : (result.mounts ?? []).map((mount) => `${result.leg}: ${describeMount(mount)}`),
  );
}

/** `cache mount go: filled with 1.2 GB, 17 s won; saved, 3.4 MB sent; took 4.3 s`. */
export function describeMount(mount: MountOutcome): string {
  const { id, seconds } = mount;
  const took = seconds === 0 ? [] : [`took ${formatSeconds(seconds)}`];
  const parts = [before(mount) + won(mount), ...after(mount), ...took];
  return `cache mount ${id}: ${parts.join("; ")}`;
}

function before({ before: state, filled }: MountOutcome): string {
  switch (state) {
    case "filled":
      return filled === undefined
        ? "filled"
        : `filled with ${formatBytes(filled.bytes)} (${formatBytes(filled.fetched)} fetched)`;
    case "same":
      return "the builder already has what is saved";
    case "unsaved":
      return "nothing is saved yet, but the builder has something";
    case "empty":
      return "nothing is saved yet";
    case "cold":
      return "empty, since --cold was given";
    case "aside":
      return "left aside, since it cost more time than it won in the last three builds";
    case "failed":
      return "not filled";
  }
}

function won({ won: seconds }: MountOutcome): string {
  if (seconds === undefined) return "";
  return seconds >= 0
    ? `, ${formatSeconds(seconds)} won`
    : `, nothing won (${formatSeconds(-seconds)} slower)`;
}

function after({ after: state, saved }: MountOutcome): readonly string[] {
  switch (state) {
    case "saved":
      return [saved === undefined ? "saved" : `saved, ${formatBytes(saved.sent)} sent`];
    case "not-run":
      return ["not saved, since no step that uses it ran"];
    case "read-only":
      return ["not saved, since this run may not write caches"];
    case "later":
      return ["saved with another leg"];
    case "empty":
      return ["not saved, since it is empty"];
    case "aside":
      return [];
    case "failed":
      return ["not saved"];
  }
}
