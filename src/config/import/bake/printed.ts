import { UsageError } from "../../../errors.ts";
import { isRecord } from "../../yaml/yaml-file.ts";

/** A target as `bake --print` prints it, with its keys in bake's words. */
export type PrintedTarget = Readonly<Record<string, unknown>>;

/** The targets that bake builds. */
export interface Printed {
  /** By name, in the order in which they are requested, and then those that others need. */
  readonly targets: ReadonlyMap<string, PrintedTarget>;
  /** Targets that are built only as a context of others (`contexts` with `target:`). */
  readonly onlyLinked: ReadonlySet<string>;
}

/** Throws a usage error for a text that is not JSON. */
export function parsePrinted(printed: string, file: string, asked: readonly string[]): Printed {
  const root = parseJson(printed, file);
  const targets = isRecord(root["target"]) ? root["target"] : {};
  const groups = isRecord(root["group"]) ? root["group"] : {};
  const reached = new Set(asked.flatMap((name) => membersOf(name, groups, new Map())));
  const linked = new Set(Object.values(targets).flatMap(linksOf));
  const others = Object.keys(targets).filter((name) => !reached.has(name) && !linked.has(name));
  const onlyLinked = new Set([...linked].filter((name) => !reached.has(name)));
  const found = [...reached, ...others, ...onlyLinked].flatMap(
    (name): [string, PrintedTarget][] => {
      const target = Object.hasOwn(targets, name) ? targets[name] : undefined;
      return isRecord(target) ? [[name, target]] : [];
    },
  );
  return { targets: new Map(found), onlyLinked };
}

/**
 * The targets of a group, or the name itself, by bake's own rule (buildx, `Config.group`): a group
 * that names itself means the target of that name. If the file has no group `default`, bake prints
 * one with everything that was requested, so a target `default` is in a group of its own name.
 */
function membersOf(
  name: string,
  groups: Readonly<Record<string, unknown>>,
  visited: Map<string, readonly string[]>,
): readonly string[] {
  const known = visited.get(name);
  if (known !== undefined) return known;
  const group = Object.hasOwn(groups, name) ? groups[name] : undefined;
  if (!isRecord(group)) return [name];
  visited.set(name, []);
  const members = textsOf(group["targets"]).flatMap((member) => {
    const found = membersOf(member, groups, visited);
    return found.length > 0 ? found : [member];
  });
  visited.set(name, members);
  return members;
}

function parseJson(printed: string, file: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(printed);
  } catch (cause) {
    throw new UsageError(`bake did not print valid JSON for ${file}`, { cause });
  }
  return isRecord(value) ? value : {};
}

/** Names of the targets that a target takes as contexts. */
function linksOf(target: unknown): string[] {
  const contexts = isRecord(target) && isRecord(target["contexts"]) ? target["contexts"] : {};
  return textsOf(Object.values(contexts)).flatMap((value) =>
    value.startsWith("target:") ? [value.slice("target:".length)] : [],
  );
}

function textsOf(value: unknown): string[] {
  const items: readonly unknown[] = Array.isArray(value) ? value : [];
  return items.flatMap((item) => (typeof item === "string" ? [item] : []));
}
