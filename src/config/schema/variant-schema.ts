import * as v from "valibot";
import { ownCacheSchema } from "./cache-schema.ts";
import { flag, key, list, listOrText, scalar, text, texts } from "./kinds.ts";
import { ownTargets } from "./publish-schema.ts";
import { choice, mapOf, mapping, waysOf } from "./shape.ts";

const ownCache = key(
  ownCacheSchema,
  "What differs from the top-level cache: export options, and from. false: no cache is read or written.",
);

/** The keys that `defaults`, a variant and an entry of an imported matrix share. */
export const inheritable = {
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
  args: key(texts, "Build arguments. Numbers are passed as written: 1.10 stays 1.10."),
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
  mounts: key(
    waysOf([flag, list]),
    "Cache mounts (RUN --mount=type=cache) to keep in the cache repository, by id or target. true: all of the Dockerfile's. Default: false.",
  ),
  network: key(choice(["default", "none", "host"]), "The network of RUN steps."),
  "shm-size": key(scalar, "The size of /dev/shm, such as 64m."),
  ulimits: key(list, "Limits of RUN steps, such as nofile=1024:2048."),
  allow: key(list, "BuildKit's entitlements: network.host, security.insecure, device."),
  "add-hosts": key(list, "Lines for /etc/hosts, as name:address."),
  sbom: key(
    waysOf([
      flag,
      mapping({
        generator: v.pipe(text, v.description("The image that generates SBOMs for BuildKit.")),
      }),
    ]),
    "Whether to attach an SBOM: true, false, or a map with the image that generates it. Default: false; true uses BuildKit's own generator.",
  ),
  provenance: key(
    choice(["auto", "max", "min", "false"]),
    "The provenance to attach. auto: max if the run is trusted, otherwise min.",
  ),
  cache: ownCache,
};

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

export type RawDefaults = v.InferOutput<typeof defaultsSchema>;
export type RawVariant = v.InferOutput<typeof variantSchema>;
