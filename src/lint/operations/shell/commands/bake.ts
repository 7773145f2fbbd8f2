import type { Text } from "../../../expressions/value.ts";
import { flag } from "../../actions/build-push.ts";
import { readBake } from "../../bake/read-bake.ts";
import { readFlags, type FlagSyntax } from "../flags.ts";
import { exportedValue } from "../shell.ts";
import type { ReadCommand } from "./command.ts";

/** `docker buildx bake`. */
const syntax: FlagSyntax = {
  valued: new Set(
    [
      ["allow", "builder", "call", "file", "list", "metadata-file", "progress", "provenance"],
      ["sbom", "set", "var"],
    ].flat(),
  ),
  short: { f: "file" },
};

export const bake: ReadCommand = (args, { span, shell }, repository) => {
  const flags = readFlags(args, syntax);
  if (flags.last("print") !== undefined || flags.last("list") !== undefined) return {};
  const loose = flags.operands.filter((operand) => operand.loose);
  const given = new Map(flags.all("var").flatMap(variable));
  const run = {
    tool: "docker buildx bake",
    span,
    folder: shell.folder,
    files: flags.all("file"),
    targets: flags.operands.filter((operand) => !operand.loose),
    set: flags.all("set"),
    environment: { get: (name: string) => given.get(name) ?? exportedValue(shell, name) },
    push: flag(flags.last("push")),
    noCache: flag(flags.last("no-cache")),
    provenance: flags.last("provenance"),
    sbom: flags.last("sbom"),
    opaque: loose.map(({ value }) => `the arguments ${value.text} are only known at run time`),
  };
  return { operations: readBake(run, repository) };
};

/** `--var NAME=VALUE`. */
function variable({ value }: { readonly value: Text }): readonly (readonly [string, Text])[] {
  const [, name, text] = /^(\w+)=([^]*)$/.exec(value.text) ?? [];
  return name === undefined ? [] : [[name, { ...value, text: text ?? "" }]];
}
