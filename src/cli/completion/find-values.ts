import { readdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { buildxConfigFolder } from "../../buildkit/builder/environment.ts";
import { findConfig } from "../../config/load/find.ts";
import { loadConfig } from "../../config/load/load.ts";
import type { Config } from "../../config/config.ts";
import { newestRefs } from "../../git/refs.ts";
import { formatPlatform } from "../../oci/platform.ts";
import { formatRepository } from "../../oci/reference.ts";
import { legTags } from "../../pipeline/caches/leg-tags.ts";
import type { Io } from "../io.ts";
import { topics } from "../open/docs-pages.ts";
import { variablesOf } from "../variables.ts";
import type { Candidate, Offer } from "./offer.ts";

type Values = Extract<Offer, { kind: "values" }>;

const mostRefs = 200;

/**
 * The values that fit a placeholder, by the config and the checkout alone: no registry and no engine
 * is asked. Empty if there are none, or the config cannot be read.
 */
export async function findValues(
  { of, prefix, read }: Values,
  io: Io,
): Promise<readonly Candidate[]> {
  const finders: Readonly<Record<string, () => Promise<readonly Candidate[]>>> = {
    leg: async () => legsOf(await configOf(read, io)),
    variant: async () => variantsOf(await configOf(read, io)),
    "leg|tag": async () => tagsOf(await configOf(read, io)),
    cache: async () => cachesOf(await configOf(read, io)),
    "leg|image|topic": async () => [...legsOf(await configOf(read, io)), ...topicsOf()],
    "leg|cache": async () => legsOf(await configOf(read, io)),
    rev: () => refsOf(["branch", "remote branch", "tag"], io),
    branch: () => refsOf(["branch"], io),
    platform: async () => platformsOf(await configOf(read, io)),
    "dir|key": async () => dirsOf(await configOf(read, io)),
    "dir|path": async () => dirsOf(await configOf(read, io)),
    rule: rulesOf,
    builder: () => buildersOf(io),
  };
  const found = (await finders[of]?.().catch(() => [])) ?? [];
  const given = new Set(read.positionals);
  return found
    .filter(({ value }) => !given.has(value))
    .map(({ value, description }) => ({ value: `${prefix}${value}`, description }));
}

/** Without its imports if they need a program to be read. */
async function configOf({ given }: Values["read"], io: Io): Promise<Config> {
  const named = [...given].find(([{ long }]) => long === "--config")?.[1];
  const file = named === undefined ? await findConfig(io.cwd) : resolve(io.cwd, named);
  const vars = variablesOf(io.env, { var: {} });
  return loadConfig({ file, vars }).catch(() => loadConfig({ file, vars, imports: false }));
}

/** Variants too: where legs are wanted, a variant means all of its legs. */
function legsOf(config: Config): readonly Candidate[] {
  const legs = legTags(config).legs.map(({ id }) => ({ value: id, description: "leg" }));
  return [...variantsOf(config), ...legs];
}

function variantsOf({ variants }: Config): readonly Candidate[] {
  return variants.map(({ name, platforms }) => ({
    value: name,
    description: platforms.map(formatPlatform).join(", "),
  }));
}

function tagsOf(config: Config): readonly Candidate[] {
  const { legs, cached } = legTags(config);
  return [
    ...variantsOf(config),
    ...legs.map(({ id }) => ({ value: id, description: "leg" })),
    ...cached.map(({ id, cache }) => ({ value: cache, description: `cache of ${id}` })),
  ];
}

/** By legs, and as references. */
function cachesOf(config: Config): readonly Candidate[] {
  const { repository } = config.cache;
  if (repository === undefined) return legsOf(config);
  const name = formatRepository(repository);
  const references = legTags(config).cached.map(({ id, cache }) => ({
    value: `${name}:${cache}`,
    description: `cache of ${id}`,
  }));
  return [...legsOf(config), ...references];
}

function dirsOf({ dirs }: Config): readonly Candidate[] {
  return dirs.map(({ name, preset }) => ({
    value: name,
    description: preset ?? "directory cache",
  }));
}

function platformsOf({ variants }: Config): readonly Candidate[] {
  const platforms = variants.flatMap((variant) => variant.platforms.map(formatPlatform));
  return [...new Set(platforms)].map((value) => ({ value, description: "" }));
}

async function refsOf(
  kinds: readonly string[],
  { cwd, env, signal }: Io,
): Promise<readonly Candidate[]> {
  const refs = await newestRefs({ cwd, env, signal }, mostRefs);
  return refs
    .filter(({ kind }) => kinds.includes(kind))
    .map(({ name, kind }) => ({ value: name, description: kind }));
}

/** Those of buildx's folder: asking buildx itself would take longer. */
async function buildersOf({ env }: Io): Promise<readonly Candidate[]> {
  const names = await readdir(join(buildxConfigFolder(env), "instances"));
  return ["default", ...names].map((value) => ({ value, description: "builder" }));
}

function topicsOf(): readonly Candidate[] {
  return topics.map((value) => ({ value, description: "page of the docs" }));
}

async function rulesOf(): Promise<readonly Candidate[]> {
  const { allRules } = await import("../../lint/rules/all-rules.ts");
  return allRules.map(({ id, summary }) => ({ value: id, description: summary }));
}
