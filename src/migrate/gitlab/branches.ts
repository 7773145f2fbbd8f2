import type { GitlabConfig } from "../../lint/gitlab/config/jobs.ts";
import {
  at,
  itemsOf,
  type MapNode,
  type Node,
  type ScalarNode,
  textOf,
  textsOf,
} from "../../lint/yaml/node.ts";
import type { Notes } from "../notes.ts";

/** The branches that jobs name in their conditions, as globs of `branches.release`. */
export function namedBranches(
  { root, jobs }: GitlabConfig,
  defaultBranch: string,
  lost: Notes,
): readonly string[] {
  const conditions = [at(root, "workflow"), ...jobs.map(({ node }) => node)].flatMap(rulesIn);
  const globs = [
    ...conditions.flatMap((node) => branchesIn(node, lost)),
    ...jobs.flatMap(({ node }) => refsIn(node, lost)),
  ];
  return [...new Set(globs)].filter((glob) => glob !== defaultBranch);
}

/** The conditions of `rules`, also of lists in it. */
function rulesIn(node: Node | undefined): readonly ScalarNode[] {
  const flat = (rules: Node | undefined): readonly Node[] =>
    itemsOf(rules).flatMap((rule) => (rule.kind === "list" ? flat(rule) : [rule]));
  return flat(at(node, "rules")).flatMap((rule) => {
    const condition = at(rule, "if");
    return condition?.kind === "scalar" && textOf(at(rule, "when")) !== "never" ? [condition] : [];
  });
}

const name = String.raw`\$\{?CI_COMMIT_(?:BRANCH|REF_NAME)\}?`;
const comparisons = new RegExp(
  String.raw`${name}\s*==\s*(["'])(?<equal>[^"']+)\1|${name}\s*=~\s*(?<pattern>\/(?:[^/\\]|\\.)+\/)`,
  "g",
);

/** `$CI_COMMIT_BRANCH == "name"` and `=~ /pattern/`. */
function branchesIn(node: ScalarNode, lost: Notes): readonly string[] {
  return [...(node.text ?? "").matchAll(comparisons)].flatMap(({ groups = {} }) => {
    const { equal, pattern = "" } = groups;
    return equal === undefined ? globOf(pattern, node, lost) : [equal];
  });
}

/** Names and patterns of `only`; a pattern without branches is one of tags. */
function refsIn(job: MapNode, lost: Notes): readonly string[] {
  const listed = (key: string): readonly ScalarNode[] => {
    const node = at(job, key);
    return textsOf(node?.kind === "map" ? at(node, "refs") : node);
  };
  if (listed("except").some(({ text }) => text === "branches")) return [];
  return listed("only").flatMap((node) => {
    const [ref = ""] = (node.text ?? "").split("@", 1);
    if (ref.startsWith("/")) return globOf(ref, node, lost);
    return keywords.test(ref) || /^v?\d/.test(ref) ? [] : [ref];
  });
}

const keywords =
  /^(?:api|branches|chat|external|external_pull_requests|merge_requests|pipelines|pushes|schedules|tags|triggers|web)$/;

/** The glob of a pattern such as `/^release\/.*$/`; one that is not so simple is reported. */
function globOf(pattern: string, node: ScalarNode, lost: Notes): readonly string[] {
  const source = pattern.replace(/^\/|\/[a-z]*$/g, "").replaceAll("\\/", "/");
  const [, start, rest] = /^\^([\w/-]+?)(\.\*\$?|\.\+\$?|\$)?$/.exec(source) ?? [];
  if (start !== undefined) return [rest === "$" ? start : `${start}**`];
  lost.add(
    node,
    `the branch pattern ${pattern} is not carried over`,
    "add the branches that publish images to branches.release",
  );
  return [];
}
