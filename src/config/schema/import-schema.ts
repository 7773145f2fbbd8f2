import type * as v from "valibot";
import { key, list, scalar, text, texts } from "./kinds.ts";
import { matrixListKeys } from "./matrix-schema.ts";
import { ownTargets } from "./publish-schema.ts";
import { mapping } from "./shape.ts";
import { inheritable } from "./variant-schema.ts";

const matrixFileKeys = {
  ...matrixListKeys,
  suffix: key(scalar, "The suffix of published tags. Default: - and the name."),
  runner: key(text, 'The CI runner of an entry, such as "{runs-on}".'),
  ...inheritable,
};

const bakeKeys = {
  bake: key(text, "A bake file, read with `docker buildx bake --print`."),
  targets: key(list, "The bake file's targets or groups to import. Default: [default]."),
  vars: key(
    texts,
    "Values for the bake file's variables. bake sees only a few path variables of the environment.",
  ),
  folder: key(text, "The folder that bake runs in. Default: this file's folder."),
};

const composeKeys = {
  compose: key(text, "A Compose file, for the `build` sections of its services."),
  services: key(list, "The services to import. Default: all with a build section."),
};

const importNames = key(
  text,
  "The name of each variant: {tag-suffix} of an entry, without a leading -, or {name} of a target or service.",
);

/**
 * One file whose entries become variants. Which keys belong together is checked when it is read.
 */
export const importSchema = mapping({
  name: importNames,
  ...ownTargets,
  ...matrixFileKeys,
  ...bakeKeys,
  ...composeKeys,
});

/** The keys of an import that are a variant's, with an entry's fields in their strings. */
export const mappedKeys: readonly string[] = ["suffix", ...Object.keys(inheritable)];

/** The keys of an import by the kind of its file. */
export const importKeys: Readonly<Record<"matrix" | "bake" | "compose", readonly string[]>> = {
  matrix: ["name", ...Object.keys(ownTargets), ...Object.keys(matrixFileKeys)],
  bake: ["name", ...Object.keys(ownTargets), "cache", ...Object.keys(bakeKeys)],
  compose: ["name", ...Object.keys(ownTargets), "cache", ...Object.keys(composeKeys)],
};

export type RawImport = v.InferOutput<typeof importSchema>;
