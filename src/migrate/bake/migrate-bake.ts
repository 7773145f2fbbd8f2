import type { Config } from "../../config/config.ts";
import { messageOf, UsageError } from "../../errors.ts";
import { usualTags } from "../../config/load/starter.ts";
import type { SourceFile } from "../../lint/yaml/node.ts";
import { compareRun } from "../check/compare-run.ts";
import { planRun } from "../check/plan-run.ts";
import { cacheRepositoryOf, registryCaches } from "../config/cache-repository.ts";
import type { Raw } from "../config/raw-config.ts";
import { renderConfig } from "../config/render.ts";
import { pushTo } from "../events/sample-events.ts";
import type { RepositoryFacts } from "../events/sample-event.ts";
import type { Migration } from "../migration.ts";
import { createNotes } from "../notes.ts";
import { type BakeTarget, bakeTargets } from "./bake-targets.ts";

interface MigrateBakeOptions {
  readonly file: SourceFile;
  /** Targets or groups. */
  readonly targets: readonly string[];
  /** What `docker buildx bake --print` prints for them. */
  readonly printed: string;
  readonly facts: RepositoryFacts;
  readonly command: string;
  /** Where images are published, instead of what the tags of the targets name. */
  readonly image?: string | undefined;
  /** Of targets that name none. None: BuildKit's default. */
  readonly platforms?: readonly string[];
  /** Loads the text of a config. Throws a usage error if it is not valid. */
  readonly load: (text: string) => Promise<Config>;
}

/**
 * Makes a config that imports a bake file and publishes what its tags name, on pushes to the default
 * branch: the file does not say when. Throws a usage error if it has no target.
 */
export async function migrateBake(options: MigrateBakeOptions): Promise<Migration> {
  const { file, targets, printed, facts, command, image, platforms = [], load } = options;
  const found = bakeTargets(printed, file, targets);
  if (found.length === 0) throw new UsageError(`${file.path} has no targets to build`);
  const published = found.flatMap(({ image }) => image.published);
  const named = image === undefined ? published.map(({ repository }) => repository) : [image];
  const repositories = [...new Set(named)].sort();
  const caches = registryCaches(found.flatMap(({ image }) => image.cacheTo));
  const cache = cacheRepositoryOf(repositories, caches, facts);
  const config = renderConfig(
    {
      ...(cache === undefined ? {} : { cache }),
      ...(image === undefined ? {} : { publish: { repository: image, tags: usualTags } }),
      ...(platforms.length === 0 ? {} : { defaults: { platforms } }),
      import: importsOf(found, options),
    },
    [`Made by \`${command}\` from ${file.path}.`],
  );
  const event = pushTo(facts.defaultBranch, facts);
  const notes = createNotes();
  const carried = {
    variants: found.length,
    legs: found.reduce((sum, { image }) => sum + image.platforms.length, 0),
    ...{ repositories, runs: [event.name] },
  };
  const base = { config, sources: [file.path], carried, fixed: [] };
  try {
    const loaded = await load(config);
    for (const { name, text } of byMessage(loaded.warnings)) notes.add(spanOf(file, name), text);
    const images = found.map(({ image }) => image);
    const messages = compareRun(images, await planRun(loaded, event));
    const differences = messages.map((message) => ({ message, runs: [event.name] }));
    return { ...base, lost: notes.all(), differences, problems: [] };
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return { ...base, lost: [], differences: [], problems: [messageOf(error)] };
  }
}

/** One import for all targets that are published in the same way. */
function importsOf(
  found: readonly BakeTarget[],
  { file, targets, image }: MigrateBakeOptions,
): readonly Raw[] {
  const groups = new Map<string, BakeTarget[]>();
  for (const target of found) {
    const key = image === undefined ? JSON.stringify(target.publish) : "";
    groups.set(key, [...(groups.get(key) ?? []), target]);
  }
  return [...groups.values()].map((group): Raw => {
    const names = groups.size === 1 ? targets : group.map(({ name }) => name);
    const isDefault = names.length === 1 && names[0] === "default";
    return {
      bake: file.path,
      ...(isDefault ? {} : { targets: names }),
      ...(image === undefined ? { publish: group[0]?.publish ?? false } : {}),
    };
  });
}

interface Warned {
  /** The first target that it names. */
  readonly name: string | undefined;
  readonly text: string;
}

/** Warnings that are the same for several targets, as one. */
function byMessage(warnings: readonly string[]): readonly Warned[] {
  const found = new Map<string, { readonly names: string[]; readonly text: string }>();
  for (const warning of warnings) {
    const [, before, name, after] = /^(.*, target )([\w-]+)(: [^]*)$/.exec(warning) ?? [];
    const key = name === undefined ? warning : `${before ?? ""}${after ?? ""}`;
    const known = found.get(key) ?? { names: [], text: warning };
    found.set(key, { ...known, names: [...known.names, ...(name === undefined ? [] : [name])] });
  }
  return [...found.values()].map(({ names: [name, ...others], text }) => {
    const more = others.length === 0 ? "" : ` (and ${others.length} more)`;
    return { name, text: name === undefined ? text : text.replace(name, `${name}${more}`) };
  });
}

/** Where a target is in the file. */
function spanOf(
  file: SourceFile,
  name: string | undefined,
): { file: SourceFile; start: number; end: number } {
  const start =
    name === undefined ? 0 : Math.max(0, file.text.search(new RegExp(`\\btarget\\s+"${name}"`)));
  return { file, start, end: start };
}
