import type { Repository } from "../../files/repository.ts";
import type { Block, Body, Expression } from "./hcl/expression.ts";
import { parseHcl } from "./hcl/parse-hcl.ts";
import { parseJson } from "./hcl/parse-json.ts";

/** Bake files, merged as bake merges them. */
export interface BakeFile {
  /** The defaults of variables. */
  readonly variables: ReadonlyMap<string, Expression>;
  readonly targets: ReadonlyMap<string, Block>;
  readonly groups: ReadonlyMap<string, Block>;
  /** Files that could not be read, one reason each. */
  readonly opaque: readonly string[];
}

/** Bake reads each of them that exists (buildx, bake reference, file lookup). */
const usualFiles = [
  ...["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"],
  ...["docker-bake.json", "docker-bake.hcl", "docker-bake.override.json"],
  "docker-bake.override.hcl",
];

/** Reads bake files; without any, those of the usual names in a folder. */
export function readBakeFiles(
  paths: readonly string[],
  folder: string,
  repository: Repository,
): BakeFile {
  const inFolder = usualFiles.map((name) => (folder === "." ? name : `${folder}/${name}`));
  const usual = inFolder.filter((path) => repository.read(path) !== undefined);
  const opaque: string[] = [];
  const bodies = (paths.length > 0 ? paths : usual).flatMap((path) => {
    const body = bodyOf(path, repository);
    if (typeof body === "string") opaque.push(body);
    return typeof body === "string" ? [] : [body];
  });
  if (paths.length === 0 && usual.length === 0) opaque.push("no bake file was found");
  const blocks = bodies.flatMap((body) => body.blocks);
  return {
    variables: variablesOf(bodies),
    targets: mergedOf(blocks, "target"),
    groups: mergedOf(blocks, "group"),
    opaque,
  };
}

function bodyOf(path: string, repository: Repository): Body | string {
  const file = repository.read(path);
  if (file === undefined) return `the bake file ${path} was not found`;
  if (/\.ya?ml$/.test(path)) return `${path} is a Compose file, which is not supported`;
  const body = path.endsWith(".json") ? parseJson(file) : parseHcl(file);
  return body ?? `the bake file ${path} could not be parsed`;
}

/** Variables, and attributes of the file itself, which are variables of a value. */
function variablesOf(bodies: readonly Body[]): ReadonlyMap<string, Expression> {
  const named = bodies.flatMap(({ attributes, blocks }) => [
    ...attributes,
    ...blocks
      .filter(({ type }) => type === "variable")
      .map(({ name, body, span }): [string, Expression] => [
        name,
        body.attributes.get("default") ?? { ...span, kind: "literal", value: null },
      ]),
  ]);
  return new Map(named);
}

function mergedOf(blocks: readonly Block[], type: string): ReadonlyMap<string, Block> {
  const merged = new Map<string, Block>();
  for (const block of blocks.filter((one) => one.type === type)) {
    const before = merged.get(block.name);
    const attributes = new Map([...(before?.body.attributes ?? []), ...block.body.attributes]);
    merged.set(block.name, { ...block, body: { ...block.body, attributes } });
  }
  return merged;
}
