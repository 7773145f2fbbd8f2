import { posix } from "node:path";
import { parsePrinted } from "../../config/import/bake/printed.ts";
import { readTarget } from "../../config/import/bake/target.ts";
import { isRecord } from "../../config/yaml/yaml-file.ts";
import { parseSettings } from "../../lint/operations/settings.ts";
import { known } from "../../lint/expressions/value.ts";
import type { SourceFile } from "../../lint/yaml/node.ts";
import { formatRepository, parseReference } from "../../oci/reference.ts";
import type { ComparedImage } from "../check/published.ts";
import type { Raw } from "../config/raw-config.ts";

/** A target of a bake file that is built for itself. */
export interface BakeTarget {
  readonly name: string;
  readonly image: ComparedImage;
  /** `publish` of its import, for all targets that have the same. */
  readonly publish: Raw;
}

/** The targets that `bake --print` printed. */
export function bakeTargets(
  printed: string,
  file: SourceFile,
  asked: readonly string[],
): readonly BakeTarget[] {
  const { targets, onlyLinked } = parsePrinted(printed, file.path, asked);
  return [...targets]
    .filter(([name]) => !onlyLinked.has(name))
    .map(([name, target]) => targetOf(name, target, file));
}

function targetOf(
  name: string,
  target: Readonly<Record<string, unknown>>,
  file: SourceFile,
): BakeTarget {
  const published = publishedAs(textsOf(target["tags"]));
  const caches = attributesOf(target["cache-to"]);
  const span = { file, start: 0, end: 0 };
  return {
    name,
    image: {
      ...recipeOf(target),
      published,
      cacheTo: caches.map((text) => parseSettings({ value: known(text), span })),
    },
    publish: published.length === 0 ? false : published.map((one) => rawTarget(one, name)),
  };
}

function recipeOf(
  target: Readonly<Record<string, unknown>>,
): Pick<ComparedImage, "recipe" | "args" | "platforms"> {
  const { raw } = readTarget(target, ".");
  const { context = ".", dockerfile, target: stage } = raw;
  const platforms = typeof raw.platforms === "string" ? raw.platforms.split(",") : raw.platforms;
  return {
    recipe: {
      context,
      ...(dockerfile === undefined ? {} : { dockerfile: posix.normalize(dockerfile) }),
      ...(stage === undefined ? {} : { target: stage }),
    },
    args: raw.args ?? {},
    platforms: platforms === undefined || platforms.length === 0 ? ["linux/amd64"] : platforms,
  };
}

interface Published {
  readonly repository: string;
  readonly tags: readonly string[];
}

function publishedAs(references: readonly string[]): readonly Published[] {
  const found = new Map<string, Set<string>>();
  for (const text of references) {
    const { tag = "latest", ...repository } = parseReference(text);
    const name = formatRepository(repository);
    found.set(name, (found.get(name) ?? new Set<string>()).add(tag));
  }
  return [...found].map(([repository, tags]) => ({ repository, tags: [...tags] }));
}

/** A tag without the target's name needs the field all the same, so that it gets no suffix. */
function rawTarget({ repository, tags }: Published, name: string): Raw {
  const isNamed = posix.basename(repository) === name;
  const valueOf = (tag: string): string => {
    if (isNamed) return tag;
    return tag.includes(name) ? tag.replace(name, "{name}") : `{name:+${tag}}`;
  };
  return {
    repository: isNamed ? `${posix.dirname(repository)}/{name}` : repository,
    tags: tags.map((tag) => `type=raw,value=${valueOf(tag)},enable={{is_default_branch}}`),
  };
}

/** buildx prints caches as maps since 0.20, and as texts before. */
function attributesOf(list: unknown): readonly string[] {
  const items: readonly unknown[] = Array.isArray(list) ? list : [];
  return items.flatMap((item) => {
    if (typeof item === "string") return [item];
    if (!isRecord(item)) return [];
    return [
      Object.entries(item)
        .map(([key, value]) => `${key}=${String(value)}`)
        .join(","),
    ];
  });
}

function textsOf(value: unknown): readonly string[] {
  const items: readonly unknown[] = Array.isArray(value) ? value : [];
  return items.filter((item) => typeof item === "string");
}
