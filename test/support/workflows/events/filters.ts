import { type Mapping, list, mapping, texts } from "../document/values.ts";
import type { Trigger } from "./event.ts";
import { matchesPatterns } from "./patterns.ts";
import { type Repository, git } from "./repository.ts";

/** The activity types that start a run if the workflow names none. */
const defaultTypes: Readonly<Record<string, readonly string[]>> = {
  pull_request: ["opened", "synchronize", "reopened"],
  pull_request_target: ["opened", "synchronize", "reopened"],
};

/** Whether a workflow's `on` lets an event start a run. */
export function startsRun(on: Mapping, trigger: Trigger, repository: Repository): boolean {
  if (!(trigger.event in on)) return false;
  if (trigger.event === "schedule") {
    const crons = list(on["schedule"]).map((entry) => mapping(entry)["cron"]);
    return crons.includes(trigger.payload["schedule"]);
  }
  const filters = mapping(on[trigger.event]);
  const types = "types" in filters ? texts(filters["types"]) : defaultTypes[trigger.event];
  if (types !== undefined && !types.includes(trigger.action ?? "")) return false;
  if (trigger.event === "workflow_run" && !runsAfter(filters, trigger)) return false;
  return refMatches(filters, trigger) && pathsMatch(filters, trigger, repository);
}

function runsAfter(filters: Mapping, { payload }: Trigger): boolean {
  const name = mapping(payload["workflow_run"])["name"];
  return texts(filters["workflows"]).some((workflow) => workflow === name);
}

/** With filters for branches alone no tag starts a run, and the other way round. */
function refMatches(filters: Mapping, { refType, filtered }: Trigger): boolean {
  const kinds = { branch: ["branches", "branches-ignore"], tag: ["tags", "tags-ignore"] } as const;
  const [wanted, ignored] = kinds[refType];
  if (wanted in filters) return matchesPatterns(filtered, texts(filters[wanted]));
  if (ignored in filters) return !matchesPatterns(filtered, texts(filters[ignored]));
  return !kinds[refType === "tag" ? "branch" : "tag"].some((key) => key in filters);
}

/** Tags have no changed files to filter; GitHub ignores `paths` for them. */
function pathsMatch(filters: Mapping, { changes }: Trigger, repository: Repository): boolean {
  if (changes === undefined) return true;
  const changed = (): readonly string[] =>
    git(repository, "diff", "--name-only", changes.from, changes.to).split("\n");
  if ("paths" in filters) {
    const patterns = texts(filters["paths"]);
    return changed().some((path) => matchesPatterns(path, patterns));
  }
  if ("paths-ignore" in filters) {
    const patterns = texts(filters["paths-ignore"]);
    return !changed().every((path) => matchesPatterns(path, patterns));
  }
  return true;
}
