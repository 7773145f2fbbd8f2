import type { Repository } from "../../files/repository.ts";
import type { Opaque } from "../../model/pipeline.ts";
import {
  at,
  type Entry,
  entriesOf,
  entryOf,
  type MapNode,
  type ScalarNode,
  textOf,
  textsOf,
} from "../../yaml/node.ts";
import { type IncludeRules, withIncludes } from "./includes.ts";
import { mergeMaps, without } from "./merge-nodes.ts";
import { resolveReferences } from "./references.ts";

/** A job as its pipeline has it: with what it extends, and the defaults. */
export interface GitlabJob {
  readonly name: string;
  readonly key: ScalarNode;
  readonly node: MapNode;
  readonly opaque: readonly Opaque[];
}

/** A pipeline's configuration, with its includes, references and extensions in place. */
export interface GitlabConfig {
  readonly root: MapNode;
  readonly jobs: readonly GitlabJob[];
  readonly stages: readonly string[];
  /** What is not known of the whole pipeline. */
  readonly opaque: readonly Opaque[];
}

/** Keys of a configuration that are no jobs. `default` may also be written at the top. */
const ofJobs = ["after_script", "before_script", "cache", "image", "services"];
const notJobs = new Set([
  ...ofJobs,
  "default",
  "include",
  "spec",
  "stages",
  "variables",
  "workflow",
]);

/** Reads a configuration. What cannot be resolved is opaque. */
export function readConfig(
  written: MapNode,
  repository: Repository,
  includes: IncludeRules,
): GitlabConfig {
  const included = withIncludes(written, repository, includes);
  const { config, opaque } = resolveReferences(included.config);
  const jobs = config.entries
    .filter(({ key, value }) => isJob(key.text ?? "") && value.kind === "map")
    .map((entry) => jobOf(entry, config));
  return {
    root: config,
    jobs,
    stages: stagesOf(config),
    opaque: [...included.opaque, ...opaque],
  };
}

function isJob(name: string): boolean {
  return !name.startsWith(".") && !notJobs.has(name);
}

function jobOf({ key, value }: Entry, config: MapNode): GitlabJob {
  const opaque: Opaque[] = [];
  const node = value.kind === "map" ? value : { ...config, entries: [] };
  const extended = extend(node, config, opaque, new Set([key.text ?? ""]));
  return { name: key.text ?? "", key, node: withDefaults(extended, config), opaque };
}

/** A job or a template merged over what it extends; later names win over earlier ones. */
function extend(
  job: MapNode,
  config: MapNode,
  opaque: Opaque[],
  open: ReadonlySet<string>,
): MapNode {
  const own = without(job, "extends");
  const parents = textsOf(at(job, "extends")).flatMap((name): MapNode[] => {
    const text = name.text ?? "";
    const parent = at(config, text);
    if (parent?.kind === "map" && !open.has(text)) {
      return [extend(parent, config, opaque, new Set([...open, text]))];
    }
    opaque.push({ span: name, why: `the job extends ${text}, which was not found` });
    return [];
  });
  return [...parents, own].reduce((base, over) => mergeMaps(base, over));
}

/** What the job does not set is that of `default`, unless `inherit` says otherwise. */
function withDefaults(job: MapNode, config: MapNode): MapNode {
  const atTop = config.entries.filter(({ key }) => ofJobs.includes(key.text ?? ""));
  const inherit = at(job, "inherit", "default");
  if (textOf(inherit) === "false") return job;
  const named = inherit?.kind === "list" ? textsOf(inherit).map(({ text }) => text) : undefined;
  const defaults = [...atTop, ...entriesOf(at(config, "default"))].filter(
    ({ key }) => entryOf(job, key.text ?? "") === undefined && (named?.includes(key.text) ?? true),
  );
  return { ...job, entries: [...job.entries, ...defaults] };
}

/** In their order, with those that always exist. */
function stagesOf(config: MapNode): readonly string[] {
  const named = textsOf(at(config, "stages")).map(({ text }) => text ?? "");
  return [".pre", ...(named.length === 0 ? ["build", "test", "deploy"] : named), ".post"];
}
