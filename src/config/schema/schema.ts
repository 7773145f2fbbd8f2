import * as v from "valibot";
import { cacheSchema, ownCacheSchema } from "./cache-schema.ts";
import { ciSchema } from "./ci-schema.ts";
import { jobSchema } from "./jobs-schema.ts";
import { flag, key, list, listOrText, scalar, text, texts } from "./kinds.ts";
import { matrixListKeys } from "./matrix-schema.ts";
import { choice, mapOf, mapping, readLater, waysOf } from "./shape.ts";

/*
 * The shape of `layerkeep.yml`: its keys, and the kinds of their values. The content of a string (a
 * platform, a tag rule) is checked where it is parsed. Editors show the descriptions, which the
 * generated JSON Schema contains.
 */

const ownCache = key(
  ownCacheSchema,
  "What differs from the top-level cache: export options, and from. false: no cache is read or written.",
);

const inheritable = {
  dockerfile: key(
    text,
    "The Dockerfile, relative to this file. Default: Dockerfile in the context.",
  ),
  "dockerfile-inline": key(
    text,
    "The text of a Dockerfile, instead of a file. {key} in it is not replaced.",
  ),
  context: key(
    text,
    "The build context: a folder, relative to this file, or the address of a remote context. Default: this file's folder.",
  ),
  target: key(text, "The stage to build. Default: the last stage."),
  platforms: key(
    listOrText,
    "The platforms to build, such as [linux/amd64, linux/arm64]. Default: linux/amd64.",
  ),
  args: key(texts, "Build arguments. Numbers keep their spelling, such as 1.10."),
  "platform-args": key(
    mapOf(texts),
    "Build arguments for one platform, such as linux/arm64: {BASE: arm-base}. They override args.",
  ),
  "runner-args": key(
    mapOf(texts),
    "Build arguments for legs whose CI runner matches a glob, such as ubuntu-*: {APT_MIRROR: …}. They override args and platform-args. Later globs override earlier ones.",
  ),
  labels: key(texts, "The image's labels."),
  contexts: key(
    texts,
    "Named contexts. Each is a folder (relative to this file), an address, or another variant, as in variant:NAME or variant:NAME/linux/amd64. {key} is replaced in their names, too.",
  ),
  secrets: key(
    list,
    "Secrets by reference, never by value: id=npm,env=NPM_TOKEN or id=key,src=key.pem.",
  ),
  ssh: key(list, "ssh agents or keys: default, or id=path."),
  inputs: key(
    list,
    'Globs of the files that a leg depends on, such as "src", "!src/docs". Changes to other files do not rebuild the leg. The last matching glob decides, and ! excludes. Default: every file that the leg reads.',
  ),
  filters: key(
    texts,
    "Which part of a file counts as input, by glob relative to the context: strip-comments, json:/pointer, yaml:path, protobuf[:baseline] or command:….",
  ),
  network: key(choice(["default", "none", "host"]), "The network of RUN steps."),
  "shm-size": key(scalar, "The size of /dev/shm, such as 64m."),
  ulimits: key(list, "Limits of RUN steps, such as nofile=1024:2048."),
  allow: key(list, "BuildKit's entitlements: network.host, security.insecure, device."),
  "add-hosts": key(list, "Lines for /etc/hosts, as name:address."),
  sbom: key(flag, "Whether to attach an SBOM. Default: false."),
  provenance: key(
    choice(["auto", "max", "min", "false"]),
    "The provenance to attach. auto: max if the run is trusted, otherwise min.",
  ),
  cache: ownCache,
};

const targetEntries = {
  repository: key(
    text,
    "The repository to publish to, such as ghcr.io/acme/app. It can contain {name} and keys of the variant's matrix.",
  ),
  tags: key(
    listOrText,
    "Tag rules of docker/metadata-action: a list, or one per line. Default: schedule, and ref for the events branch, tag and pr.",
  ),
  flavor: key(listOrText, "docker/metadata-action's flavor: latest=auto, suffix=-alpine, …"),
  annotations: key(texts, "The index's annotations."),
};

const targetKeys = mapping({
  ...targetEntries,
  shape: key(
    choice(["index", "manifest"]),
    "manifest: for clients that do not support an index; one platform only. Default: index.",
  ),
});

// Checked when a target is read, so that the rest of a target without it is checked, too.
const targetMap = v.pipe(targetKeys, v.metadata({ required: ["repository"] }));

export const targetSchema = waysOf([text, targetMap]);

const publishSchema = waysOf([text, choice(["false"]), targetMap, v.array(targetSchema)]);

const previewKeys = mapping({
  ...targetEntries,
  repository: key(
    text,
    "A separate repository, written in full: the config on the default branch must name the same one.",
  ),
  tags: key(
    listOrText,
    "Tag rules of docker/metadata-action: a list, or one per line. Default: type=ref,event=pr.",
  ),
  expires: key(
    text,
    "When `layerkeep preview prune` deletes a preview: 7d after it was last published. Default: never.",
  ),
});

const previewMap = v.pipe(previewKeys, v.metadata({ required: ["repository"] }));

export const previewTargetSchema = waysOf([text, previewMap]);

const previewSchema = waysOf([text, choice(["false"]), previewMap, v.array(previewTargetSchema)]);

/** Of a variant, the defaults or an import. */
const ownPublish = key(
  readLater(publishSchema),
  "Where the variant is published, instead of the top-level publish. false: it is built and staged, but never published.",
);

/** Of a variant, the defaults or an import. */
const ownPreview = key(
  readLater(previewSchema),
  "Where untrusted runs publish the variant, instead of the top-level preview. false: nowhere.",
);

const ownTargets = { publish: ownPublish, preview: ownPreview };

export const defaultsSchema = mapping({ ...inheritable, ...ownTargets });

const matrixSchema = mapOf(v.array(waysOf([scalar, mapOf(scalar)])));

export const variantSchema = mapping({
  ...inheritable,
  ...ownTargets,
  suffix: key(
    scalar,
    "The suffix of published tags. Default: - and the name; nothing for the variant core.",
  ),
  matrix: key(
    matrixSchema,
    "Lists of values. The variant is built once for each combination, with {key} replaced in its strings. exclude and include work as in GitHub Actions.",
  ),
  name: key(text, "The name of each variant of the matrix, such as gpu-{cuda}-{os}."),
  runners: key(
    waysOf([text, mapOf(text)]),
    'The variant\'s CI runner for a platform, or for all of its platforms: "{runs-on}". Default: the one in runners.',
  ),
});

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
    "epoch: update base images only when a refresh period begins. Default: with every plan.",
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

/** All but publish, preview, import and variants, whose items are checked one by one. */
export const sectionSchemas = {
  vars: mapOf(v.nullable(scalar)),
  cache: cacheSchema,
  refresh: refreshSchema,
  pins: pinsSchema,
  branches: branchesSchema,
  builders: mapOf(listOrText),
  runners: mapOf(text),
  insecure: list,
  credentials: credentialsSchema,
  ci: ciSchema,
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
    "Where untrusted runs, such as those of pull requests, publish: a repository, a map, a list, or false. Default: nowhere.",
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
  insecure: key(sectionSchemas.insecure, "Hosts for which plain HTTP is allowed."),
  credentials: key(
    sectionSchemas.credentials,
    "Environment variables that hold credentials, by repository. Default: Docker's config.",
  ),
  ci: key(
    sectionSchemas.ci,
    "What `layerkeep ci` generates workflows for: logins, schedules, inputs.",
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
  jobs: key(
    mapOf(jobSchema),
    "Commands that run in CI without BuildKit, such as on macOS, by name.",
  ),
});

export type RawTarget = v.InferOutput<typeof targetKeys>;
export type RawPreview = v.InferOutput<typeof previewKeys>;
export type RawPins = v.InferOutput<typeof pinsSchema>;
export type RawRefresh = v.InferOutput<typeof refreshSchema>;
export type RawCredentials = v.InferOutput<typeof credentialsSchema>;
export type RawBranches = v.InferOutput<typeof branchesSchema>;
export type RawDefaults = v.InferOutput<typeof defaultsSchema>;
export type RawImport = v.InferOutput<typeof importSchema>;
export type RawVariant = v.InferOutput<typeof variantSchema>;
