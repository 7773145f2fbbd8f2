import { posix } from "node:path";
import type { Tri } from "../../expressions/value.ts";
import { compileGlob } from "../../../glob.ts";
import type { Repository } from "../../files/repository.ts";
import type { Opaque } from "../../model/pipeline.ts";
import { at, itemsOf, type MapNode, type Node, textOf } from "../../yaml/node.ts";
import { readNodes } from "../../yaml/read-nodes.ts";
import { mergeMaps, without } from "./merge-nodes.ts";

/** "A pipeline configuration can have up to 150 includes", nested ones too. */
const mostIncludes = 150;

export interface Included {
  readonly config: MapNode;
  /** Files that are not in the repository, one reason each. */
  readonly opaque: readonly Opaque[];
}

/** Whether a run includes a file with these `rules`, by the configuration that includes it. */
export type IncludeRules = (rules: Node, config: MapNode) => Tri;

/** A configuration with the files of the repository that it includes, which it overrides. */
export function withIncludes(
  root: MapNode,
  repository: Repository,
  includes: IncludeRules,
): Included {
  const opaque: Opaque[] = [];
  let left = mostIncludes;
  const open = new Set<string>();
  const expand = (config: MapNode): MapNode => {
    const include = at(config, "include");
    if (include === undefined) return config;
    const items = include.kind === "list" ? itemsOf(include) : [include];
    const included = items.filter((item) => isIncluded(item, config)).flatMap(read);
    const own = without(config, "include");
    return [...included, own].reduce((base, over) => mergeMaps(base, over));
  };
  const isIncluded = (item: Node, config: MapNode): boolean => {
    const rules = at(item, "rules");
    const holds = rules === undefined ? true : includes(rules, config);
    if (holds === undefined) {
      const why = `only a run can tell whether the include ${nameOf(item)} is part of it`;
      opaque.push({ span: item, why });
    }
    return holds === true;
  };
  const read = (item: Node): readonly MapNode[] => {
    const local = localPath(item);
    if (local === undefined) {
      opaque.push({ span: item, why: `the include ${nameOf(item)} is not in the repository` });
      return [];
    }
    const paths = pathsOf(local, repository);
    return paths.flatMap((path) => {
      if (open.has(path) || left <= 0) return [];
      left -= 1;
      const file = repository.read(path);
      const nodes = file === undefined ? undefined : readNodes(file).root;
      if (nodes?.kind !== "map") {
        const why = file === undefined ? "was not found" : "is not a YAML map";
        opaque.push({ span: item, why: `the include ${local} ${why}` });
        return [];
      }
      open.add(path);
      const found = expand(nodes);
      open.delete(path);
      return [found];
    });
  };
  return { config: expand(root), opaque };
}

/** Undefined for a file that is elsewhere: of another project, a template, a component or an URL. */
function localPath(item: Node): string | undefined {
  const text = textOf(item) ?? textOf(at(item, "local"));
  if (text === undefined || /^https?:/.test(text) || text.includes("$")) return undefined;
  return posix.normalize(text).replace(/^\/+/, "");
}

function nameOf(item: Node): string {
  const keys = ["component", "project", "remote", "template", "artifact", "local"];
  const named = keys.map((key) => textOf(at(item, key))).find((text) => text !== undefined);
  return textOf(item) ?? named ?? "";
}

/** `*` and `**` match files of the repository. */
function pathsOf(path: string, { files }: Repository): readonly string[] {
  if (!path.includes("*")) return [path];
  const matches = compileGlob(path);
  return [...files].filter(matches).sort();
}
