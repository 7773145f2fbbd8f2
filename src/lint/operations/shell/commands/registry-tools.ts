import { partOf } from "../../../expressions/value.ts";
import { login, valuesOf } from "./docker.ts";
import { readFlags, type FlagSyntax } from "../flags.ts";
import { type Commands, type ReadCommand, readNamed } from "./command.ts";

/** Options with values of crane and skopeo. */
const syntax: FlagSyntax = {
  valued: new Set(
    [
      ["annotation", "authfile", "command-timeout", "dest-creds", "dest-cert-dir", "digestfile"],
      ["format", "image-refs", "jobs", "manifest", "new_tag", "override-arch", "override-os"],
      ["platform", "policy", "retry-times", "src-cert-dir", "src-creds", "tag"],
    ].flat(),
  ),
  short: { a: "all", f: "format", j: "jobs", m: "manifest", q: "quiet", t: "tag" },
};

/** `crane copy FROM TO`: what it is pushed to is its last operand. */
const copy: ReadCommand = (args, { span }) => {
  const { operands } = readFlags(args, syntax);
  const target = operands.at(-1)?.value;
  if (target === undefined || operands.length < 2) return {};
  const [, name = target.text] = /^docker:\/\/([^]*)$/.exec(target.text) ?? [];
  const isElsewhere = /^(?:dir|oci|oci-archive|docker-archive|docker-daemon):/.test(target.text);
  if (isElsewhere) return {};
  return { operations: [{ kind: "push", span, reference: partOf(target, name) }] };
};

/** `crane append`/`crane index append -t TARGET -m IMAGE…`. */
const indexAppend: ReadCommand = (args, { span }) => {
  const flags = readFlags(args, syntax);
  const sources = valuesOf([...flags.operands, ...flags.all("manifest")]);
  return { operations: [{ kind: "merge", span, tags: valuesOf(flags.all("tag")), sources }] };
};

const craneCommands: Commands = {
  "auth login": login,
  copy,
  cp: copy,
  "index append": indexAppend,
  push: copy,
};

export const crane: ReadCommand = (args, invocation, repository) =>
  readNamed(craneCommands, args, invocation, repository);

export const skopeo: ReadCommand = (args, invocation, repository) =>
  readNamed({ copy, login }, args, invocation, repository);
