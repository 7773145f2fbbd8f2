import type { Field } from "../../../model/field.ts";
import type { Operation } from "../../../model/operation.ts";
import { known, type Text } from "../../../expressions/value.ts";
import { readFlags, type FlagSyntax } from "../flags.ts";
import type { Argument } from "../invocation.ts";
import { bake } from "./bake.ts";
import { build } from "./build.ts";
import { type Commands, type ReadCommand, readNamed } from "./command.ts";

/** Options of docker itself, before the command. */
const ownFlags: FlagSyntax = {
  valued: new Set(["config", "context", "host", "log-level", "tlscacert", "tlscert", "tlskey"]),
  short: { c: "context", D: "debug", H: "host", l: "log-level" },
};

const loginFlags: FlagSyntax = {
  valued: new Set(["username", "password", "authfile", "cert-dir"]),
  short: { u: "username", p: "password" },
};

const pushFlags: FlagSyntax = {
  valued: new Set(["platform", "authfile", "creds", "cert-dir", "digestfile", "format"]),
  short: { a: "all-tags", f: "format", q: "quiet" },
};

const createFlags: FlagSyntax = {
  valued: new Set([
    "annotation",
    "builder",
    "file",
    "metadata-file",
    "platform",
    "progress",
    "tag",
  ]),
  short: { f: "file", p: "platform", t: "tag" },
};

export const login: ReadCommand = (args, { span }) => {
  const [registry] = readFlags(args, loginFlags).operands;
  return done({ kind: "login", span, registry: registry?.value ?? known("docker.io") });
};

const push: ReadCommand = (args, { span }) => {
  const flags = readFlags(args, pushFlags);
  const [reference] = flags.operands;
  if (reference === undefined) return {};
  const all = flags.last("all-tags") === undefined ? {} : ({ allTags: true } as const);
  return done({ kind: "push", span, reference: reference.value, ...all });
};

const imagetoolsCreate: ReadCommand = (args, { span }) => {
  const flags = readFlags(args, createFlags);
  const sources = valuesOf(flags.operands);
  return done({ kind: "merge", span, tags: valuesOf(flags.all("tag")), sources });
};

/** `docker manifest create LIST IMAGE…`. */
const manifestCreate: ReadCommand = (args, { span }) => {
  const [list, ...sources] = readFlags(args, { valued: new Set(), short: {} }).operands;
  if (list === undefined) return {};
  return done({ kind: "merge", span, tags: [list.value], sources: valuesOf(sources) });
};

/** Compose builds what its file says. */
export const compose: ReadCommand = (args, { span }) => {
  const words = args.map(({ value }) => value.text);
  const builds = words.includes("build") || words.includes("--build") || words.includes("push");
  const why = "docker compose is not supported";
  return builds ? { opaque: [{ span, why }] } : {};
};

const commands: Commands = {
  build,
  "builder build": build,
  "buildx b": build,
  "buildx bake": bake,
  "buildx build": build,
  "buildx imagetools create": imagetoolsCreate,
  bud: build,
  compose,
  "image build": build,
  "image push": push,
  login,
  "manifest create": manifestCreate,
  "manifest push": push,
  push,
};

/** docker, podman and buildah, which share their command lines. */
export const docker: ReadCommand = (args, invocation, repository) =>
  readNamed(commands, withoutOwn(args), invocation, repository);

function withoutOwn(args: readonly Argument[]): readonly Argument[] {
  const at = args.findIndex(({ value }, index) => {
    const before = args[index - 1]?.value.text ?? "";
    const isValue = /^-/.test(before) && !before.includes("=") && takesValue(before);
    return !value.text.startsWith("-") && !isValue;
  });
  return at < 0 ? [] : args.slice(at);
}

function takesValue(flag: string): boolean {
  const name = flag.startsWith("--") ? flag.slice(2) : (ownFlags.short[flag.slice(1)] ?? "");
  return ownFlags.valued.has(name);
}

function done(operation: Operation): ReturnType<ReadCommand> {
  return { operations: [operation] };
}

/** The texts of arguments. */
export function valuesOf(fields: readonly Field[]): readonly Text[] {
  return fields.map(({ value }) => value);
}
