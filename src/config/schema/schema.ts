import * as v from "valibot";
import { cacheSchema } from "./cache-schema.ts";
import { ciSchema } from "./ci-schema.ts";
import { dirsSchema } from "./dirs-schema.ts";
import { importSchema } from "./import-schema.ts";
import { jobSchema } from "./jobs-schema.ts";
import { flag, key, list, listOrText, scalar, text } from "./kinds.ts";
import { previewSchema, publishSchema } from "./publish-schema.ts";
import { choice, mapOf, mapping } from "./shape.ts";
import { defaultsSchema, variantSchema } from "./variant-schema.ts";

/*
 * The shape of `layerkeep.yml`: its keys, and the kinds of their values. The content of a string (a
 * platform, a tag rule) is checked where it is parsed. Editors show the descriptions, which the
 * generated JSON Schema contains.
 */

const refreshSchema = mapping({
  arg: v.pipe(text, v.description("The build argument to set to the name of the current period.")),
  every: key(
    choice(["week", "day", "hour"]),
    "How often the value changes, in UTC. Default: week.",
  ),
  command: key(text, "Instead of every: a command whose first line of output is the value."),
});

const pinsSchema = mapping({
  hold: key(
    choice(["epoch"]),
    "epoch: update base images only at the start of a refresh period. Default: update them with every plan.",
  ),
});

const branchesSchema = mapping({
  default: key(text, "The default branch, if neither the CI provider nor the checkout knows it."),
  release: key(
    list,
    "Globs of branches to trust like the default branch, if this file on the default branch also lists them.",
  ),
});

const variableName = "Use the name of the variable, never the secret itself.";

const credentialMap = mapping({
  repository: key(
    text,
    "A registry host or repository, such as quay.io, quay.io/acme/* or quay.io/acme/app. The most specific entry applies.",
  ),
  "username-env": key(text, `The environment variable with the user name. ${variableName}`),
  "password-env": key(text, `The environment variable with the password. ${variableName}`),
  "token-env": key(
    text,
    `The environment variable with a bearer token, instead of a password. ${variableName}`,
  ),
  "identity-token-env": key(
    text,
    `The environment variable with an identity (refresh) token, instead of a password. ${variableName}`,
  ),
});

const credentialsSchema = v.array(v.pipe(credentialMap, v.metadata({ required: ["repository"] })));

/** All but publish, preview, import, variants and jobs, whose items are checked one by one. */
export const sectionSchemas = {
  vars: mapOf(v.nullable(scalar)),
  cache: cacheSchema,
  refresh: refreshSchema,
  pins: pinsSchema,
  branches: branchesSchema,
  builders: mapOf(listOrText),
  runners: mapOf(text),
  logs: flag,
  insecure: list,
  credentials: credentialsSchema,
  ci: ciSchema,
  dirs: dirsSchema,
  defaults: defaultsSchema,
};

/** The whole file, for the JSON Schema. */
export const configSchema = mapping({
  vars: key(
    sectionSchemas.vars,
    "Variables. Use ${NAME} or ${NAME:-default} in any string, and $$ for a literal $. --var and LAYERKEEP_VAR_NAME override variables, and must set any variable without a value.",
  ),
  cache: key(
    sectionSchemas.cache,
    "Where caches and built legs are stored: a repository, or a map.",
  ),
  publish: key(publishSchema, "Where images are published: a repository, a map, a list, or false."),
  preview: key(
    previewSchema,
    "Where untrusted runs, such as pull requests, publish images: a repository, a map, a list, or false. Default: nowhere.",
  ),
  refresh: key(sectionSchemas.refresh, "A build argument that changes over time."),
  pins: key(sectionSchemas.pins, "When to update base images."),
  branches: key(sectionSchemas.branches, "Which branches are trusted."),
  builders: key(
    sectionSchemas.builders,
    "The buildx builder for a platform, such as linux/arm64: arm, or multiple builders that share its legs, such as linux/amd64: [a, b].",
  ),
  runners: key(
    sectionSchemas.runners,
    "The CI runner for a platform, such as linux/arm64: ubuntu-24.04-arm.",
  ),
  logs: key(
    sectionSchemas.logs,
    "Whether to keep the output of build steps, for `layerkeep logs`. Default: true.",
  ),
  insecure: key(sectionSchemas.insecure, "Hosts for which plain HTTP is allowed."),
  credentials: key(
    sectionSchemas.credentials,
    "Environment variables that hold credentials, by repository. Default: Docker's config.",
  ),
  ci: key(
    sectionSchemas.ci,
    "Settings for the workflows that `layerkeep ci` generates: logins, schedules, inputs.",
  ),
  defaults: key(
    sectionSchemas.defaults,
    "Defaults for all variants. A variant's maps (args, labels, contexts) are merged with these, and its other keys replace them.",
  ),
  import: key(
    v.array(importSchema),
    "Files that already describe the builds: a matrix, a bake file, a Compose file. Their entries become variants.",
  ),
  variants: key(mapOf(v.nullable(variantSchema)), "The images, by name."),
  dirs: key(
    sectionSchemas.dirs,
    "Folders that `layerkeep dir save` and `layerkeep dir restore` keep between runs, by name.",
  ),
  jobs: key(
    mapOf(jobSchema),
    "Commands that run in CI without BuildKit, such as on macOS, by name.",
  ),
});

export type RawPins = v.InferOutput<typeof pinsSchema>;
export type RawRefresh = v.InferOutput<typeof refreshSchema>;
export type RawCredentials = v.InferOutput<typeof credentialsSchema>;
export type RawBranches = v.InferOutput<typeof branchesSchema>;
