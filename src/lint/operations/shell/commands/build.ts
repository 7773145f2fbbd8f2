import type { Field } from "../../../model/field.ts";
import type { Build, BuildArg } from "../../../model/operation.ts";
import { buildArg, flag } from "../../actions/build-push.ts";
import { listOf, parseOutput, parseSettings, platformsIn } from "../../settings.ts";
import { readFlags, type Flags, type FlagSyntax } from "../flags.ts";
import { inFolder } from "../folder.ts";
import type { Argument } from "../invocation.ts";
import { exportedValue, type Shell, unknownVariable } from "../shell.ts";
import type { ReadCommand } from "./command.ts";

/** `docker buildx build`, `docker build` without buildx, `podman build` and `buildah build`. */
const syntax: FlagSyntax = {
  valued: new Set(
    [
      ["add-host", "allow", "annotation", "attest", "build-arg", "build-context", "builder"],
      ["cache-from", "cache-to", "call", "cgroup-parent", "cpu-period", "cpu-quota", "cpu-shares"],
      ["cpuset-cpus", "cpuset-mems", "file", "iidfile", "isolation", "label", "memory"],
      ["memory-swap", "metadata-file", "network", "no-cache-filter", "output", "platform"],
      ["policy", "progress", "provenance", "sbom", "secret", "security-opt", "shm-size", "ssh"],
      ["tag", "target", "ulimit"],
      ["arch", "authfile", "cert-dir", "creds", "format", "ignorefile", "jobs", "manifest"],
      ["retry", "retry-delay", "volume"],
    ].flat(),
  ),
  short: {
    c: "cpu-shares",
    f: "file",
    m: "memory",
    o: "output",
    q: "quiet",
    t: "tag",
    v: "volume",
  },
};

export const build: ReadCommand = (args, { program, span, shell }) => {
  const flags = readFlags(args, syntax);
  const [context] = flags.operands.slice(-1);
  const operation: Build = {
    kind: "build",
    tool: `${program} build`,
    span,
    context: pathOf(context, shell),
    dockerfile: pathOf(flags.last("file"), shell),
    target: flags.last("target"),
    platforms: platformsIn(flags.all("platform").flatMap(listOf)),
    tags: flags.all("tag"),
    buildArgs: flags.all("build-arg").map((field) => argOf(field, shell)),
    push: flag(flags.last("push")),
    noCache: flag(flags.last("no-cache")),
    outputs: flags.all("output").map(parseOutput),
    cacheFrom: flags.all("cache-from").map(parseSettings),
    cacheTo: flags.all("cache-to").map(parseSettings),
    provenance: flags.last("provenance") ?? attested(flags, "provenance"),
    sbom: flags.last("sbom") ?? attested(flags, "sbom"),
    options: new Map(others.map((name) => [name, flags.all(name)])),
    opaque: opaqueIn(flags),
  };
  return { operations: [operation] };
};

/** Options that no rule looks at. */
const others = [
  ...["add-host", "allow", "annotation", "build-context", "call", "cgroup-parent", "label"],
  ...["network", "no-cache-filter", "secret", "shm-size", "ssh", "ulimit"],
];

function pathOf(field: Field | undefined, { folder }: Shell): Field | undefined {
  return field === undefined || field.value.text === "-"
    ? undefined
    : { ...field, value: inFolder(folder, field.value) };
}

/** An argument without a value has that of the environment. */
function argOf(field: Field, shell: Shell): BuildArg {
  if (field.value.text.includes("=")) return buildArg(field);
  const name = field.value.text;
  const value = exportedValue(shell, name) ?? unknownVariable(name);
  return { name, value, span: field.span };
}

/** `--attest type=provenance,mode=max` in the words of `--provenance`. */
function attested(flags: Flags, type: string): Field | undefined {
  const found = flags.all("attest").find(({ value }) => parseType(value.text) === type);
  if (found === undefined) return undefined;
  const rest = found.value.text.split(",").filter((part) => part !== `type=${type}`);
  const text = rest.includes("disabled=true") ? "false" : rest.join(",") || "true";
  return { ...found, value: { ...found.value, text } };
}

function parseType(text: string): string | undefined {
  return /(?:^|,)type=([\w-]+)/.exec(text)?.[1];
}

/** What may hide options: values that may be any number of arguments, and a context from elsewhere. */
function opaqueIn({ operands }: Flags): readonly string[] {
  const hiding = operands.slice(0, -1).filter(({ loose }) => loose);
  const onlyARun = hiding
    .map(textOf)
    .map((text) => `the arguments ${text} are only known at run time`);
  const isInput = operands.at(-1)?.value.text === "-";
  return isInput ? [...onlyARun, "the build context is read from standard input"] : onlyARun;
}

function textOf({ value }: Argument): string {
  return value.text.replace(/^\$\{\{ (\$.*) \}\}$/s, "$1");
}
