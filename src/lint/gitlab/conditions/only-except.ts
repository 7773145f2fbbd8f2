import { both, exampleText, known, sameText, type Tri } from "../../expressions/value.ts";
import { at, type MapNode, type Node, textsOf } from "../../yaml/node.ts";
import type { GitlabKind } from "../scenarios.ts";
import type { Variables } from "../variables.ts";
import { conditionHolds } from "./condition-holds.ts";
import { matchesPattern } from "./pattern.ts";
import { filesChanged } from "./rules.ts";

interface Setting {
  readonly kind: GitlabKind;
  readonly variables: Variables;
}

/** Whether a job without `rules` is in a pipeline: by default in those of branches and tags. */
export function onlyExcept(job: MapNode, setting: Setting): Tri {
  const only = at(job, "only");
  const refs = refsOf(only) ?? ["branches", "tags"];
  const included = [
    anyOf(refs.map((ref) => refMatches(ref, setting))),
    variablesHold(only, setting) ?? true,
    filesChanged(at(only, "changes"), setting.kind),
  ].reduce((left, right) => both(left, right));
  const excluded = isExcluded(at(job, "except"), setting);
  return both(included, excluded === undefined ? undefined : !excluded);
}

function isExcluded(except: Node | undefined, setting: Setting): Tri {
  if (except === undefined) return false;
  const refs = refsOf(except) ?? [];
  const changes = at(except, "changes");
  return anyOf([
    ...refs.map((ref) => refMatches(ref, setting)),
    variablesHold(except, setting) ?? false,
    changes === undefined ? false : filesChanged(changes, setting.kind),
  ]);
}

/** A list of refs, or the `refs` of a map; undefined if there are none. */
function refsOf(node: Node | undefined): readonly string[] | undefined {
  const refs = node?.kind === "map" ? at(node, "refs") : node;
  return refs === undefined ? undefined : textsOf(refs).map(({ text }) => text ?? "");
}

/** Null without conditions. */
function variablesHold(node: Node | undefined, { variables }: Setting): Tri | null {
  const conditions = node?.kind === "map" ? textsOf(at(node, "variables")) : [];
  if (conditions.length === 0) return null;
  return anyOf(conditions.map(({ text }) => conditionHolds(text ?? "", variables)));
}

const kinds: Readonly<Record<string, readonly GitlabKind[]>> = {
  api: [],
  branches: ["branch", "schedule", "web"],
  chat: [],
  external: [],
  external_pull_requests: [],
  merge_requests: ["merge_request", "fork"],
  pipelines: [],
  pushes: ["branch", "tag"],
  schedules: ["schedule"],
  tags: ["tag"],
  triggers: [],
  web: ["web"],
};

/** A keyword, a name or a pattern of a branch or a tag, with or without its project. */
function refMatches(ref: string, { kind, variables }: Setting): Tri {
  const keyword = Object.hasOwn(kinds, ref) ? kinds[ref] : undefined;
  if (keyword !== undefined) return keyword.includes(kind);
  if (kind === "merge_request" || kind === "fork") return false;
  const isBranchName = /^[A-Za-z][\w/.-]*$/.test(ref) && !/^v\d/.test(ref);
  if (kind === "tag" && isBranchName) return false;
  const name = variables.valueOf("CI_COMMIT_REF_NAME");
  if (name === undefined || name === null) return undefined;
  if (!ref.startsWith("/")) return sameText(name, known(ref.split("@", 1)[0] ?? ref));
  const text = exampleText(name);
  return text === undefined ? undefined : matchesPattern(text, ref.replace(/@[^/]*$/, ""));
}

function anyOf(all: readonly Tri[]): Tri {
  if (all.includes(true)) return true;
  return all.includes(undefined) ? undefined : false;
}
