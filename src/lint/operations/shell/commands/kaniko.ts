import { joinTexts, known, knownText, partOf, type Text } from "../../../expressions/value.ts";
import type { Repository } from "../../../files/repository.ts";
import type { Field } from "../../../model/field.ts";
import type { Build } from "../../../model/operation.ts";
import { buildArg } from "../../actions/build-push.ts";
import { platformsIn } from "../../settings.ts";
import { type Flags, type FlagSyntax, readFlags } from "../flags.ts";
import { inFolder } from "../folder.ts";
import type { ReadCommand } from "./command.ts";

/** Options with values: https://github.com/GoogleContainerTools/kaniko#additional-flags */
const syntax: FlagSyntax = {
  valued: new Set(
    [
      ["azure-container-registry-config", "build-arg", "cache-dir", "cache-repo", "cache-ttl"],
      ["compression", "compression-level", "context", "context-sub-path", "custom-platform"],
      ["customPlatform", "destination", "digest-file", "dockerfile", "git", "ignore-path"],
      ["image-fs-extract-retry", "image-name-tag-with-digest-file", "image-name-with-digest-file"],
      ["insecure-registry", "kaniko-dir", "label", "log-format", "oci-layout-path", "push-retry"],
      ["registry-certificate", "registry-client-cert", "registry-map", "registry-mirror"],
      ["secret", "skip-tls-verify-registry", "snapshot-mode", "snapshotMode", "tar-path"],
      ["tarPath", "target", "verbosity"],
    ].flat(),
  ),
  short: { c: "context", d: "destination", f: "dockerfile", v: "verbosity" },
};

/** kaniko's executor. Its layer cache is its own: BuildKit has nothing of it. */
export const kaniko: ReadCommand = (args, { span, shell }, repository) => {
  const flags = readFlags(args, syntax);
  const tags = flags.all("destination");
  if (tags.length === 0 && flags.last("dockerfile") === undefined) return {};
  const context = contextOf(flags, shell.folder);
  const operation: Build = {
    kind: "build",
    tool: "kaniko",
    span,
    context,
    dockerfile: dockerfileOf(flags, { context, folder: shell.folder }, repository),
    target: flags.last("target"),
    platforms: platformsIn([...flags.all("custom-platform"), ...flags.all("customPlatform")]),
    tags,
    buildArgs: flags.all("build-arg").map(buildArg),
    push: flags.last("no-push")?.value.text !== "true",
    noCache: undefined,
    outputs: [],
    cacheFrom: [],
    cacheTo: [],
    provenance: undefined,
    sbom: undefined,
    options: new Map(["label", "secret"].map((name) => [name, flags.all(name)])),
    opaque: [],
  };
  return { operations: [operation] };
};

/** A folder, also as `dir://FOLDER`; a repository or an archive stays as it is. */
function contextOf(flags: Flags, folder: Text): Field | undefined {
  const given = flags.last("context");
  if (given === undefined) return undefined;
  const path = partOf(given.value, given.value.text.replace(/^dir:\/\/|\/+$/g, ""));
  const inner = flags.last("context-sub-path")?.value;
  const whole = inner === undefined ? path : joinTexts([path, known("/"), inner]);
  return { ...given, value: /^\w+:\/\//.test(whole.text) ? whole : inFolder(folder, whole) };
}

interface Places {
  readonly context: Field | undefined;
  readonly folder: Text;
}

/** As kaniko looks for it: in the working directory, and then in the context. */
function dockerfileOf(
  flags: Flags,
  { context, folder }: Places,
  { files }: Repository,
): Field | undefined {
  const given = flags.last("dockerfile");
  if (given === undefined) return undefined;
  const here = inFolder(folder, given.value);
  const isHere = files.has(knownText(here) ?? "") || /^(?:\/|\$\{\{)/.test(given.value.text);
  const value = isHere || context === undefined ? here : inFolder(context.value, given.value);
  return { ...given, value };
}
